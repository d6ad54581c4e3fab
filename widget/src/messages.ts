/** How one line of the conversation is drawn. Controls are drawn only while they may be used. */
import { html, nothing, type TemplateResult } from "lit";
import * as icons from "./icons.js";
import type { Card, Choice, Item, Message, Payload, Scale, Ticks } from "./model.js";
import { say, type Name } from "./strings.js";
import { dial, rich, safeLink } from "./text.js";

/** What a person can do with a line. */
export interface Acts {
  answer(payload: Payload, text: string): void;
  resend(item: Item): void;
  rate(item: Item, helpful: boolean): void;
  fetch(address: string, name: string): void;
  server(): string;
}

type Part = TemplateResult | typeof nothing;

const RATED = new Set(["answer", "plan"]);
const LEVELS: Record<string, Name> = { E1: "levelE1", E2: "levelE2", S: "levelS", D: "levelD", R: "levelR", H: "levelH" };

/** A number to call as a link; words that are no number stay words. */
export function call(number: string): TemplateResult {
  const href = dial(number);
  return href ? html`<a class="tel" href=${href}>${say("call", { number })}</a>` : html`<b dir="auto">${number}</b>`;
}

export function bubble(item: Item, live: boolean, acts: Acts): TemplateResult {
  if (item.from === "note") return html`<p class="note" data-key=${item.key}>${item.text}</p>`;
  if (item.from === "user") return user(item, acts);
  const message = item.message;
  return message ? bot(item, message, live, acts) : html``;
}

function user(item: Item, acts: Acts): TemplateResult {
  const state = item.sent;
  const words: Name | undefined =
    state === "waiting" ? "waiting" : state === "failed" ? "failed" : state === "ended" ? "endedSend" : undefined;
  return html`<div class="bubble user" data-key=${item.key}>
    <span class="sr">${say("you")}</span>
    <p dir="auto">${item.text}</p>
    ${words
      ? html`<div class="sent">
          ${say(words)}
          ${state === "failed" ? html`<button @click=${() => acts.resend(item)}>${say("retry")}</button>` : nothing}
        </div>`
      : nothing}
  </div>`;
}

function bot(item: Item, message: Message, live: boolean, acts: Acts): TemplateResult {
  const { card, timer, ticks, scale, file, buttons } = message;
  const drawn = Boolean(card || file || message.banner || (ticks && live) || (scale && live));
  const wide = Boolean(card || timer || (live && (ticks || scale)));
  return html`<div class="bubble bot ${/^[a-z]+$/.test(message.kind) ? message.kind : ""} ${wide ? "wide" : ""}" data-key=${item.key} tabindex="-1">
      <div>
        <span class="sr">${say("bot")}</span>
        ${tags(message)} ${rich(drawn && message.short ? message.short : message.text)}
      </div>
      ${card ? cardPart(card, acts) : nothing}
      ${timer ? html`<back-chat-countdown .label=${timer.label} .length=${timer.seconds} .ends=${timer.ends}></back-chat-countdown>` : nothing}
      ${file ? filePart(file, acts) : nothing} ${ticks && live ? ticksPart(ticks, acts, item.key) : nothing}
      ${scale && live ? scalePart(scale, acts, item.key) : nothing} ${judging(item, message, acts)}
    </div>
    ${buttons.length && live ? chips(buttons, acts) : nothing}`;
}

function tags({ level, general }: Message): Part {
  const name = LEVELS[level];
  if (!name && !general) return nothing;
  return html`<div class="tags">
    ${name ? html`<span class="tag ${level}">${say(name)}</span>` : nothing}
    ${general ? html`<span class="tag">${say("general")}</span>` : nothing}
  </div>`;
}

function chips(buttons: Choice[], acts: Acts): TemplateResult {
  return html`<ul class="chips" aria-label=${say("suggestions")}>
    ${buttons.map(
      ({ id, title }) => html`<li><button class="chip" dir="auto" @click=${() => acts.answer({ button: id }, title)}>${title}</button></li>`,
    )}
  </ul>`;
}

function cardPart(card: Card, acts: Acts): TemplateResult {
  const { hold, repetitions, sides, sets, sessions } = card;
  const dose = [
    hold && say("doseHold", { seconds: hold[0] === hold[1] ? hold[0] : `${hold[0]}-${hold[1]}` }),
    repetitions && say(sides === "each" ? "doseTimesEach" : "doseTimes", { n: repetitions }),
    sets && say("doseSets", { n: sets }),
    sessions && say("doseDay", { n: sessions }),
  ].filter((text): text is string => Boolean(text));
  return html`<div class="card" role="group" aria-label=${card.title}>
    <h3 dir="auto">${card.title}</h3>
    ${card.picture
      ? html`<img
          src="${acts.server()}/widget/pictures/${card.picture.name}.svg"
          width="480"
          height="440"
          alt=${card.picture.alt || say("startPosition")}
        />`
      : nothing}
    <ol dir="auto" aria-label=${say("steps")}>
      ${card.steps.map((step) => html`<li>${step}</li>`)}
    </ol>
    ${dose.length ? html`<ul class="dose">${dose.map((text) => html`<li>${text}</li>`)}</ul>` : nothing}
    ${hold ? html`<back-chat-hold .card=${card}></back-chat-hold>` : nothing}
  </div>`;
}

function filePart({ name, url }: { name: string; url: string }, acts: Acts): Part {
  const href = safeLink(url, `${acts.server()}/`);
  if (!href || !href.startsWith("http")) return nothing;
  const own = new URL(href).origin === new URL(acts.server()).origin;
  return html`<a
    class="file"
    href=${href}
    download=${name}
    rel="noopener noreferrer"
    @click=${(event: Event) => {
      if (!own) return;
      event.preventDefault(); // it needs the token, which never stands in an address
      acts.fetch(href, name);
    }}
    >${icons.down()}<span>${say("download", { name })}</span></a
  >`;
}

/** Whether it helped, and a way to call it wrong that holds as long as the answer is kept. */
function judging(item: Item, { kind, id, wrong }: Message, acts: Acts): Part {
  const rated = RATED.has(kind) && id;
  if (!rated && !wrong) return nothing;
  return html`<div class="judge">
    ${rated ? rating(item, acts) : nothing}
    ${wrong ? html`<button class="wrong" @click=${() => acts.answer({ button: wrong.id }, wrong.title)}>${icons.flag()}${wrong.title}</button>` : nothing}
  </div>`;
}

function rating(item: Item, acts: Acts): TemplateResult {
  if (item.rated) {
    return html`<p class="rate">${say(item.rated === "failed" ? "ratedFailed" : item.rated === "up" ? "thanks" : "thanksNo")}</p>`;
  }
  const button = (helpful: boolean, name: Name) =>
    html`<button class="icon" aria-label=${say(name)} @click=${() => acts.rate(item, helpful)}>${helpful ? icons.up() : icons.thumbDown()}</button>`;
  return html`<div class="rate" role="group" aria-label=${say("helped")}>
    <span>${say("helped")}</span>${button(true, "helpedYes")}${button(false, "helpedNo")}
  </div>`;
}

function checked(event: Event): { root: Element | null; values: string[]; hint: HTMLElement | null } {
  const root = (event.target as Element).closest("fieldset");
  const values = [...(root?.querySelectorAll<HTMLInputElement>("input:checked") ?? [])].map((input) => input.value);
  return { root, values, hint: root?.querySelector<HTMLElement>(".hint") ?? null };
}

function ask(event: Event, name: Name): void {
  const { root, hint } = checked(event);
  if (hint) hint.textContent = say(name);
  root?.querySelector("input")?.focus();
}

function ticksPart(ticks: Ticks, acts: Acts, key: number): TemplateResult {
  const send = (event: Event): void => {
    const ids = checked(event).values;
    if (!ids.length) return ask(event, "ticksEmpty");
    const titles = ticks.items.filter((item) => ids.includes(item.id)).map((item) => item.title);
    acts.answer({ ticks: ids }, titles.join(", "));
  };
  const other = ({ id, title }: Choice) =>
    html`<button class="plain" dir="auto" @click=${() => acts.answer({ ticks: [id] }, title)}>${title}</button>`;
  return html`<fieldset>
    <legend>${say("ticksHint")}</legend>
    ${ticks.items.map(
      ({ id, title }) => html`<label class="tick"><input type="checkbox" name="ticks-${key}" value=${id} /><span dir="auto">${title}</span></label>`,
    )}
    <p class="hint" role="alert"></p>
    <div class="controls">
      <button class="solid" @click=${send}>${say("ticksSend")}</button>
      ${ticks.none ? other(ticks.none) : nothing} ${ticks.notSure ? other(ticks.notSure) : nothing}
    </div>
  </fieldset>`;
}

function scalePart({ low, high }: Scale, acts: Acts, key: number): TemplateResult {
  const send = (event: Event): void => {
    const [value] = checked(event).values;
    if (value === undefined) return ask(event, "scaleEmpty");
    acts.answer({ scale: Number(value) }, say("scalePicked", { n: value }));
  };
  return html`<fieldset>
    <legend>${say("scaleName")}</legend>
    <div class="marks">
      ${Array.from({ length: 11 }, (_, n) => {
        const name = n === 0 && low ? `${n}, ${low}` : n === 10 && high ? `${n}, ${high}` : String(n);
        return html`<label class="mark"><input type="radio" name="scale-${key}" value=${n} aria-label=${name} /><span>${n}</span></label>`;
      })}
    </div>
    <div class="ends"><span dir="auto">0: ${low}</span><span dir="auto">10: ${high}</span></div>
    <p class="hint" role="alert"></p>
    <div class="controls"><button class="solid" @click=${send}>${say("scaleSend")}</button></div>
  </fieldset>`;
}
