/**
 * Text of the bot as templates: paragraphs, lists, bold, italics and links of four kinds. Nothing here makes HTML from
 * a string, so hostile text stays text.
 */
import { html, nothing, type TemplateResult } from "lit";

type Part = string | TemplateResult;

const INLINE = /\*\*(?=\S)(.+?\S?)\*\*|\[([^\]\n]{1,200})\]\(([^()\s]{1,500})\)|(https?:\/\/[^\s<>"'()]+[^\s<>"'().,;:!?])/;
const BULLET = /^\s*[-•*]\s+(?=\S)/;
const APART = /^(?:Note|Source): /; // a paragraph of its own
const SOURCE = /^Source: /;
const NUMBER = /^\s*\d{1,2}[.)]\s+(?=\S)/;

/** An address that may be a link: http, https, mailto or tel; anything else is undefined. */
export function safeLink(address: string, base?: string): string | undefined {
  try {
    const url = new URL(address, base);
    return ["http:", "https:", "mailto:", "tel:"].includes(url.protocol) ? url.href : undefined;
  } catch {
    return undefined;
  }
}

/** What `tel:` dials, for a number and nothing else: "116 123" is one, "your local number" is not. */
export function dial(number: string): string | undefined {
  return /^\+?\d[\d ().-]{0,20}$/.test(number.trim()) ? `tel:${number.replace(/[^\d+]/g, "")}` : undefined;
}

function link(address: string, label: string, whole: string): Part {
  const href = safeLink(address);
  return href ? html`<a href=${href} target="_blank" rel="noopener noreferrer">${label}</a>` : whole;
}

function inline(text: string, depth = 0): Part[] {
  const parts: Part[] = [];
  let rest = text;
  while (rest) {
    const found = INLINE.exec(rest);
    if (!found) break;
    if (found.index) parts.push(rest.slice(0, found.index));
    const [whole, bold, label, address, bare] = found;
    if (bold !== undefined) parts.push(depth < 2 ? html`<strong>${inline(bold, depth + 1)}</strong>` : bold);
    else if (address !== undefined) parts.push(link(address, label ?? address, whole));
    else parts.push(link(bare ?? "", bare ?? "", whole));
    rest = rest.slice(found.index + whole.length);
  }
  if (rest) parts.push(rest);
  return parts;
}

/** The text as paragraphs and lists. */
export function rich(text: string): TemplateResult[] {
  const blocks: TemplateResult[] = [];
  let lines: string[] = [];
  let kind = "p";
  const flush = () => {
    if (!lines.length) return;
    const items = lines;
    if (kind === "p") blocks.push(html`<p dir="auto" class=${SOURCE.test(items[0] ?? "") ? "source" : nothing}>${inline(items.join("\n"))}</p>`);
    else {
      const rows = items.map((item) => html`<li>${inline(item)}</li>`);
      blocks.push(kind === "ul" ? html`<ul dir="auto">${rows}</ul>` : html`<ol dir="auto">${rows}</ol>`);
    }
    lines = [];
  };
  for (const line of text.split("\n")) {
    const next = BULLET.test(line) ? "ul" : NUMBER.test(line) ? "ol" : "p";
    if (next !== kind || !line.trim() || APART.test(line) || APART.test(lines[0] ?? "")) flush();
    kind = next;
    if (line.trim()) lines.push(next === "p" ? line : line.replace(next === "ul" ? BULLET : NUMBER, ""));
  }
  flush();
  return blocks;
}
