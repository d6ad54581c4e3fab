/**
 * The message model as it comes over the wire. Everything read from the server goes through `readMessage`: a field of
 * the wrong type is left out, a field not known here is ignored, and what is left can be drawn without a check.
 */

export interface Choice {
  id: string;
  title: string;
}

export interface Ticks {
  items: Choice[];
  none: Choice | undefined;
  notSure: Choice | undefined;
}

export interface Card {
  title: string;
  steps: string[];
  picture: { name: string; alt: string } | undefined;
  hold: [number, number] | undefined;
  repetitions: number | undefined;
  sides: string | undefined;
  sets: number | undefined;
  sessions: number | undefined;
}

export interface Scale {
  low: string;
  high: string;
}

export interface Banner {
  heading: string;
  call: string[];
  reason: string;
  say: string;
}

export interface Message {
  id: string | undefined;
  text: string;
  short: string;
  kind: string;
  buttons: Choice[];
  wrong: Choice | undefined;
  ticks: Ticks | undefined;
  card: Card | undefined;
  timer: { label: string; seconds: number; ends: number } | undefined;
  scale: Scale | undefined;
  banner: Banner | undefined;
  file: { name: string; type: string; url: string } | undefined;
  level: string;
  general: boolean;
}

/** What a person sends: exactly one of these. */
export type Payload = { text: string } | { button: string } | { ticks: string[] } | { scale: number };

export type Sent = "sending" | "waiting" | "failed" | "ended" | "done";

/** One line of the conversation as shown. `key` lives as long as the page and keeps timers where they are. */
export interface Item {
  key: number;
  from: "user" | "bot" | "note";
  text: string;
  message?: Message;
  sent?: Sent;
  payload?: Payload;
  id?: string;
  rated?: "up" | "down" | "failed";
}

type Data = Record<string, unknown>;

export const isData = (value: unknown): value is Data => typeof value === "object" && value !== null && !Array.isArray(value);
const words = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
const count = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) && value > 0 ? Math.min(value, 86400) : undefined;

function choice(value: unknown): Choice | undefined {
  return isData(value) && typeof value["id"] === "string" && words(value["title"])
    ? { id: value["id"], title: words(value["title"]) }
    : undefined;
}

const choices = (value: unknown): Choice[] => list(value).map(choice).filter((item) => item !== undefined);

function ticks(value: unknown): Ticks | undefined {
  if (!isData(value)) return undefined;
  const items = choices(value["items"]);
  return items.length ? { items, none: choice(value["none"]), notSure: choice(value["not_sure"]) } : undefined;
}

function card(value: unknown): Card | undefined {
  if (!isData(value)) return undefined;
  const [least, most] = list(value["hold_seconds"]).map(count);
  const picture = value["picture"];
  return {
    title: words(value["title"]),
    steps: list(value["steps"]).map(words).filter(Boolean),
    picture:
      isData(picture) && /^[a-z0-9_-]+$/i.test(words(picture["name"]))
        ? { name: words(picture["name"]), alt: words(picture["alt"]) }
        : undefined,
    hold: least && most ? [least, Math.max(least, most)] : undefined,
    repetitions: count(value["repetitions"]),
    sides: words(value["sides"]),
    sets: count(value["sets"]),
    sessions: count(value["sessions_a_day"]),
  };
}

function banner(value: unknown): Banner | undefined {
  return isData(value) && words(value["heading"])
    ? {
        heading: words(value["heading"]),
        call: list(value["call"]).map(words).filter(Boolean),
        reason: words(value["reason"]),
        say: words(value["say"]),
      }
    : undefined;
}

/** One message of the bot; undefined when it has no text to show. */
export function readMessage(value: unknown): Message | undefined {
  if (!isData(value) || !words(value["text"]).trim()) return undefined;
  const { timer, scale, file } = value;
  const seconds = isData(timer) ? count(timer["seconds"]) : undefined;
  return {
    id: value["id"] === undefined || value["id"] === null ? undefined : String(value["id"]),
    text: words(value["text"]),
    short: words(value["short"]),
    kind: words(value["kind"]),
    buttons: choices(value["buttons"]),
    wrong: choice(value["wrong"]),
    ticks: ticks(value["ticks"]),
    card: card(value["card"]),
    timer: isData(timer) && seconds ? { label: words(timer["label"]), seconds, ends: Number(timer["ends"]) || 0 } : undefined,
    scale: isData(scale) ? { low: words(scale["low"]), high: words(scale["high"]) } : undefined,
    banner: banner(value["banner"]),
    file: isData(file) && words(file["url"])
      ? { name: words(file["name"]), type: words(file["media_type"]), url: words(file["url"]) }
      : undefined,
    level: words(value["level"]),
    general: value["general"] === true,
  };
}

export function readMessages(value: unknown): Message[] {
  return list(isData(value) ? value["messages"] : value).map(readMessage).filter((message) => message !== undefined);
}

/** The history: what both sides said, oldest first. */
export function readHistory(value: unknown): { from: "user" | "bot"; text: string; message?: Message }[] {
  const found: { from: "user" | "bot"; text: string; message?: Message }[] = [];
  for (const entry of list(isData(value) ? value["messages"] : undefined)) {
    const message = readMessage(entry);
    if (!message || !isData(entry)) continue;
    if (entry["from"] === "user") found.push({ from: "user", text: message.text });
    else found.push({ from: "bot", text: message.text, message });
  }
  return found;
}
