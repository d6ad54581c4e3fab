/** The hold timer of a stretch and the countdown of an ice pack. Time is read from the monotonic clock, not counted. */
import { html, LitElement, nothing, svg, type TemplateResult } from "lit";
import { phases, type Phase } from "./hold.js";
import type { Card } from "./model.js";
import { say, type Name } from "./strings.js";

const STEP = 200; // milliseconds between looks at the clock
const CIRCLE = 2 * Math.PI * 26;

function ring(part: number, mark?: number): TemplateResult {
  return html`<svg class="ring" viewBox="0 0 64 64" aria-hidden="true">
    <circle class="track" cx="32" cy="32" r="26"></circle>
    ${svg`<circle class="run" cx="32" cy="32" r="26" transform="rotate(-90 32 32)" stroke-dasharray=${CIRCLE}
      stroke-dashoffset=${CIRCLE * (1 - part)}></circle>`}
    ${mark ? svg`<path class="mark" d="M32 1v10" transform="rotate(${mark * 360} 32 32)"></path>` : nothing}
  </svg>`;
}

/** A soft tone for people who lie down and do not see the screen. */
class Tone {
  on = false;
  private audio: AudioContext | undefined;

  turn(): void {
    this.on = !this.on;
    if (this.on) this.play(520);
  }

  play(pitch: number): void {
    if (!this.on) return;
    this.audio ??= new AudioContext();
    const [osc, gain, now] = [this.audio.createOscillator(), this.audio.createGain(), this.audio.currentTime];
    osc.frequency.value = pitch;
    gain.gain.setValueAtTime(0.2, now);
    gain.gain.exponentialRampToValueAtTime(0.001, now + 0.5);
    osc.connect(gain).connect(this.audio.destination);
    osc.start();
    osc.stop(now + 0.5);
  }
}

/** What both share: a course of lengths, walked by the clock. Drawn in the panel's own tree, for its styles. */
abstract class Course extends LitElement {
  protected at = 0;
  protected state: "new" | "on" | "paused" | "done" = "new";
  protected tone = new Tone();
  private left = 0; // milliseconds of the present length
  private end = 0;
  private ticking = 0;
  private warned = false;

  protected abstract lengths(): number[];
  protected abstract entered(): void;
  protected abstract finished(): void;
  /** Seconds into the present length at which `halfway` is told. */
  protected warnAt(): number | undefined {
    return undefined;
  }
  protected halfway(): void {}

  override createRenderRoot(): this {
    return this;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.stop();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.state === "on") this.state = "paused";
  }

  protected get seconds(): number {
    const length = this.lengths()[this.at] ?? 0;
    return this.state === "new" ? length : this.state === "done" ? 0 : Math.max(0, this.remaining() / 1000);
  }

  protected tell(text: string): void {
    this.dispatchEvent(new CustomEvent("tell", { detail: text, bubbles: true, composed: true }));
  }

  protected toggle(): void {
    if (this.state === "on") {
      this.left = this.remaining();
      this.stop();
      this.state = "paused";
      this.tell(say("paused"));
    } else if (this.state === "paused") {
      this.run(this.left);
    } else this.enter(0);
    this.requestUpdate();
  }

  protected skip(): void {
    if (this.state === "done") return;
    this.enter(this.at + 1);
    this.requestUpdate();
  }

  protected reset(): void {
    this.stop();
    this.at = 0;
    this.state = "new";
    this.requestUpdate();
  }

  protected controls(skip: boolean): TemplateResult {
    const label: Name = this.state === "on" ? "pause" : this.state === "paused" ? "goOn" : "start";
    return html`<div class="controls">
      ${this.state === "done" ? nothing : html`<button class="solid" @click=${this.toggle}>${say(label)}</button>`}
      ${skip && (this.state === "on" || this.state === "paused") ? html`<button class="plain" @click=${this.skip}>${say("next")}</button>` : nothing}
      ${this.state === "new" ? nothing : html`<button class="plain" @click=${this.again}>${say("reset")}</button>`}
      <button class="plain quiet" aria-pressed=${this.tone.on} @click=${this.sound}>${say(this.tone.on ? "soundOn" : "soundOff")}</button>
    </div>`;
  }

  /** Take up one that began elsewhere, without a word. */
  protected goOn(milliseconds: number): void {
    if (milliseconds > 0) this.run(milliseconds);
    else this.state = "done";
  }

  private again(): void {
    this.reset();
    void this.updateComplete.then(() => this.querySelector<HTMLElement>(".controls button")?.focus());
  }

  private sound(): void {
    this.tone.turn();
    this.requestUpdate();
  }

  private remaining(): number {
    return this.state === "on" ? this.end - performance.now() : this.left;
  }

  private enter(index: number, late = 0): void {
    const length = this.lengths()[index];
    if (length === undefined) {
      this.stop();
      const hadFocus = this.contains((this.getRootNode() as ShadowRoot).activeElement);
      this.state = "done";
      this.finished();
      if (hadFocus) void this.updateComplete.then(() => this.querySelector<HTMLElement>(".controls button")?.focus());
      return;
    }
    this.at = index;
    this.warned = false;
    this.run(length * 1000 - late);
    this.entered();
  }

  private run(milliseconds: number): void {
    this.stop();
    this.state = "on";
    this.end = performance.now() + milliseconds;
    this.ticking = setInterval(() => this.look(), STEP);
  }

  private look(): void {
    const warn = this.warnAt();
    if (warn && !this.warned && (this.lengths()[this.at] ?? 0) - this.remaining() / 1000 >= warn) {
      this.warned = true;
      this.halfway();
    }
    const late = -this.remaining();
    if (late >= 0) this.enter(this.at + 1, Math.min(late, 1000)); // a sleeping tab goes on where it stopped
    this.requestUpdate();
  }

  private stop(): void {
    clearInterval(this.ticking);
  }
}

/** Rounds, sides and sets of a stretch. */
export class HoldTimer extends Course {
  card: Card | undefined;
  private plan: Phase[] = [];

  override willUpdate(): void {
    if (!this.plan.length && this.card) this.plan = phases(this.card);
  }

  protected lengths(): number[] {
    return this.plan.map((phase) => phase.seconds);
  }

  protected entered(): void {
    const phase = this.plan[this.at];
    if (!phase) return;
    this.tone.play(phase.hold ? 660 : 440);
    this.tell(say(phase.name));
  }

  protected finished(): void {
    this.tone.play(880);
    this.tell(say("finished"));
  }

  protected override warnAt(): number | undefined {
    const [least, most] = this.card?.hold ?? [0, 0];
    return this.plan[this.at]?.hold && least < most ? least : undefined;
  }

  protected override halfway(): void {
    this.tell(say("letGo"));
  }

  override render(): TemplateResult | typeof nothing {
    const phase = this.plan[this.at];
    if (!phase || !this.card) return nothing;
    const { repetitions, sets } = this.card;
    const past = phase.seconds - this.seconds;
    const warn = this.warnAt();
    const name = this.state === "done" ? "finished" : warn && this.state !== "new" && past >= warn ? "letGo" : phase.name;
    return html`<div class="timer ${phase.hold && this.state !== "done" ? "holding" : ""}" role="timer" aria-live="off" aria-label=${say("timer")}>
        ${ring(this.state === "done" ? 1 : this.state === "new" ? 0 : past / phase.seconds, warn ? warn / phase.seconds : undefined)}
        <div class="count">
          <b>${this.state === "done" ? "✓" : Math.ceil(this.seconds)}</b>
          <span>${say(name)}</span>
          <small>
            ${repetitions && repetitions > 1 ? say("roundOf", { n: phase.round, all: repetitions }) : nothing}
            ${sets && sets > 1 ? html`<i> · </i>${say("setOf", { n: phase.set, all: sets })}` : nothing}
          </small>
        </div>
      </div>
      ${this.controls(true)}`;
  }
}

/** One countdown, for ice or heat. */
export class Countdown extends Course {
  label = "";
  length = 0;
  ends = 0; // seconds since 1970: it runs already, and the bot says when it is over

  protected lengths(): number[] {
    return [this.length];
  }

  protected entered(): void {
    this.tell(say("running", { label: this.label }));
  }

  protected finished(): void {
    if (this.ends) return;
    this.tone.play(660);
    this.tell(say("timeUp", { label: this.label }));
  }

  override render(): TemplateResult {
    if (this.ends && this.state === "new") this.goOn(this.ends * 1000 - Date.now());
    const left = Math.ceil(this.seconds);
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    return html`<div class="timer" role="timer" aria-live="off" aria-label=${this.label}>
        ${ring(this.length ? 1 - this.seconds / this.length : 0)}
        <div class="count"><b>${clock}</b><span dir="auto">${this.state === "done" ? say("timeUpShort") : this.label}</span></div>
      </div>
      ${this.ends ? nothing : this.controls(false)}`;
  }
}


for (const [name, element] of [["back-chat-hold", HoldTimer], ["back-chat-countdown", Countdown]] as const) {
  if (!customElements.get(name)) customElements.define(name, element);
}
