/**
 * The conversation as this page knows it: its lines, what waits to be sent, and the line to the server. Words are held
 * in memory only. What is written while the server is away is sent once, in order, when it is back.
 */
import { Client } from "./client.js";
import type { Banner, Item, Message, Payload } from "./model.js";
import { say } from "./strings.js";

const TRY_AGAIN = [1_000, 2_000, 5_000, 10_000, 30_000];
/** Kinds that are given only when the danger signs were denied: they end a banner. */
const AFTER_DANGER = new Set(["answer", "plan", "level"]);

export type Line = "open" | "offline" | "down";

export class Conversation {
  items: Item[] = [];
  line: Line = "open";
  busy = false;
  loaded = false;
  private queue: Item[] = [];
  private keys = 0;
  private fails = 0;
  private timer = 0;
  private liveFrom = 0; // keys below it belong to a conversation that has ended
  private seen = new Set<string>();
  private stale = false; // another tab had a turn while this one was in one
  private channel: BroadcastChannel | undefined;

  constructor(
    readonly client: Client,
    private readonly changed: (news: Message[], asked: boolean) => void,
  ) {
    if ("BroadcastChannel" in window) {
      this.channel = new BroadcastChannel(client.key);
      this.channel.onmessage = () => void this.load();
    }
    addEventListener("storage", (event) => {
      if (event.key !== client.key && event.key !== null) return;
      if (!client.token) this.forget();
      else if (!event.oldValue) void this.load();
    });
    addEventListener("online", () => this.retryNow());
    addEventListener("offline", () => this.setLine("offline"));
    document.addEventListener("visibilitychange", () => this.listen());
  }

  /** The banner in force: the last one, unless advice was given after it or the person started over. */
  get banner(): Banner | undefined {
    for (const item of [...this.items].reverse()) {
      if (item.message?.banner) return item.message.banner;
      if (item.message && AFTER_DANGER.has(item.message.kind)) return undefined;
      if (item.from === "user" && item.sent !== "failed" && item.text === say("startOverText")) return undefined;
      if (item.key < this.liveFrom) return undefined;
    }
    return undefined;
  }

  /** Whether the controls of a message may still be used: nothing was answered after it. */
  live(item: Item): boolean {
    if (item.key < this.liveFrom) return false;
    const at = this.items.indexOf(item);
    return !this.items.slice(at + 1).some((later) => later.from === "user" && later.sent !== "failed");
  }

  get waiting(): boolean {
    return this.queue.length > 0;
  }

  /** Say something: shown at once, sent in its turn. */
  send(payload: Payload, text: string): void {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const item = this.add({ from: "user", text, payload, id, sent: "sending" });
    this.queue.push(item);
    this.changed([], true);
    void this.pump();
  }

  /** Send a failed line again, under its old id, so that it has one effect. */
  resend(item: Item): void {
    if (item.sent !== "failed" || this.queue.includes(item)) return;
    item.sent = "sending";
    this.items = [...this.items.filter((other) => other !== item), item];
    this.queue.push(item);
    this.changed([], true);
    void this.pump();
  }

  retryNow(): void {
    clearTimeout(this.timer);
    this.fails = 0;
    if (this.queue.length) void this.pump();
    else if (this.client.token || this.line !== "open") void this.load();
  }

  /** Fetch what was said so far; lines already shown stay as they are. */
  async load(): Promise<void> {
    if (!this.client.token) {
      this.loaded = true;
      this.setLine("open");
      return;
    }
    this.stale = this.busy || this.queue.length > 0;
    if (this.stale) return;
    const answer = await this.client.history();
    this.stale = this.busy || this.queue.length > 0; // a message went out meanwhile: its answer is newer
    if (this.stale) return;
    if ("fault" in answer) {
      if (answer.fault === "expired") this.forget();
      else this.lost();
      return;
    }
    this.fails = 0;
    this.loaded = true;
    const old = this.items.filter((item) => item.from !== "note" && item.sent !== "failed");
    let same = true;
    const before = this.items.length;
    const next = answer.ok.map((entry, index): Item => {
      const was = old[index];
      same &&= was?.from === entry.from && was.text === entry.text;
      if (same && was?.message) was.message.id ??= entry.message?.id;
      return same && was ? was : { key: ++this.keys, sent: "done", ...entry };
    });
    const fresh = next.filter((item) => !old.includes(item));
    if (fresh.length || next.length < old.length) {
      this.items = [...next, ...this.items.filter((item) => item.sent === "failed")];
    }
    for (const item of next) if (item.message?.id) this.seen.add(item.message.id);
    this.line = "open";
    const news = before ? fresh.flatMap((item) => item.message ?? []) : [];
    this.changed(news, false);
    this.listen();
  }

  /** Forget all that this page holds, and the key. */
  forget(): void {
    this.client.deafen();
    if (this.client.token) this.client.token = null;
    clearTimeout(this.timer);
    this.items = [];
    this.queue = [];
    this.seen.clear();
    this.loaded = true;
    this.changed([], false);
  }

  note(text: string): void {
    this.add({ from: "note", text });
    this.changed([], false);
  }

  async rate(item: Item, helpful: boolean): Promise<void> {
    if (!item.message?.id || (item.rated && item.rated !== "failed")) return;
    item.rated = helpful ? "up" : "down";
    this.changed([], false);
    if (!(await this.client.rate(item.message.id, helpful))) item.rated = "failed";
    this.changed([], false);
  }

  private add(item: Omit<Item, "key">): Item {
    const whole = { key: ++this.keys, ...item };
    this.items = [...this.items, whole];
    return whole;
  }

  private hear(messages: Message[], asked: boolean): void {
    const fresh = messages.filter((message) => !message.id || !this.seen.has(message.id));
    for (const message of fresh) {
      if (message.id) this.seen.add(message.id);
      this.add({ from: "bot", text: message.text, message });
    }
    this.changed(fresh, asked);
  }

  private listen(): void {
    if (document.hidden || !this.client.token || !this.loaded) this.client.deafen();
    else void this.client.hear((messages) => this.hear(messages, false));
  }

  private setLine(line: Line): void {
    this.line = line;
    if (line !== "open") for (const item of this.queue) item.sent = "waiting";
    this.changed([], false);
  }

  private lost(): void {
    this.setLine(navigator.onLine ? "down" : "offline");
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => (this.queue.length ? void this.pump() : void this.load()),
      TRY_AGAIN[Math.min(this.fails++, TRY_AGAIN.length - 1)],
    );
  }

  private async pump(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    while (this.queue[0] && (await this.sendOne(this.queue[0])));
    this.busy = false;
    this.changed([], false);
    if (this.stale) void this.load();
  }

  /** Send the first in the queue; false when the line is down and the rest must wait. */
  private async sendOne(item: Item): Promise<boolean> {
    item.sent = "sending";
    this.changed([], true);
    const begun = this.client.token ? { ok: false } : await this.client.begin();
    const answer = "fault" in begun ? begun : await this.client.send(item.id ?? "", item.payload ?? { text: item.text });
    if (!this.queue.includes(item)) return true; // the chat was deleted meanwhile
    const fault = "fault" in answer ? answer.fault : undefined;
    if (fault === "unreachable") {
      this.lost();
      return false;
    }
    this.fails = 0;
    this.loaded = true;
    this.line = "open";
    if (fault === "expired") return this.renew(item);
    this.queue.shift();
    const messages = "ok" in answer ? answer.ok : "messages" in answer ? answer.messages : [];
    // A turn that broke on the server is answered with the safety text alone: it may be sent again.
    item.sent = "ok" in answer && messages.some((message) => message.kind !== "safety") ? "done" : "failed";
    if (messages.length) this.hear(messages, true);
    else this.hear([{ ...SAFETY, text: say("noAnswer"), banner: undefined }], true);
    this.channel?.postMessage("turn");
    this.listen();
    return true;
  }

  /** The conversation has expired: what was typed goes into a new one; a button of the old one cannot. */
  private renew(item: Item): boolean {
    this.client.deafen();
    this.client.token = null;
    this.seen.clear();
    this.items = this.items.filter((other) => !this.queue.includes(other));
    for (const { message } of this.items) if (message) message.wrong = undefined;
    this.add({ from: "note", text: say("sessionEnded") });
    this.liveFrom = this.keys + 1;
    if (item.payload && !("text" in item.payload)) {
      this.queue.shift();
      item.sent = "ended";
      this.items = [...this.items, item];
    }
    for (const waiting of this.queue) waiting.key = ++this.keys;
    this.items = [...this.items, ...this.queue];
    return true;
  }
}

const SAFETY: Message = {
  id: undefined, text: "", short: "", kind: "safety", buttons: [], wrong: undefined, ticks: undefined, card: undefined, timer: undefined,
  scale: undefined, banner: undefined, file: undefined, level: "", general: false,
};
