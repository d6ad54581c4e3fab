/**
 * The web channel over HTTP. The only thing kept in the browser is the signed token; it goes in a header, never in an
 * address.
 */
import { isData, readHistory, readMessages, type Message, type Payload } from "./model.js";

const PATH = "/webhooks/web/";
const PATIENCE = 25_000; // milliseconds for one request
const STORED = 500; // milliseconds
const HEAR_AGAIN = [2_000, 5_000, 15_000, 60_000];

/** `expired`: the conversation is gone. `refused`: the server said no, perhaps with words. `unreachable`: it said nothing. */
export type Answer<T> = { ok: T } | { fault: "expired" | "unreachable" } | { fault: "refused"; messages: Message[] };

export const EXPIRED = { fault: "expired" } as const;
export const UNREACHABLE = { fault: "unreachable" } as const;

export class Client {
  readonly key: string;
  private memory: string | null = null;
  private ears: AbortController | undefined;
  private lastEvent = "";

  constructor(
    readonly server: string,
    private readonly country: string,
  ) {
    this.key = `back-chat:${server}`;
  }

  get token(): string | null {
    try {
      return localStorage.getItem(this.key);
    } catch {
      return this.memory; // storage is blocked: the conversation lasts as long as the page
    }
  }

  set token(value: string | null) {
    this.memory = value;
    try {
      if (value === null) localStorage.removeItem(this.key);
      else localStorage.setItem(this.key, value);
    } catch {
      // kept in memory
    }
  }

  /** Begin a conversation unless this browser has one; tabs that begin at once share one. */
  async begin(): Promise<Answer<boolean>> {
    const start = async (): Promise<Answer<boolean>> => {
      if (this.token) return { ok: false };
      const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const answer = await this.ask("session", { method: "POST", body: { ...(this.country && { country: this.country }), ...(timezone && { timezone }) } });
      if ("fault" in answer) return answer;
      if (!isData(answer.ok) || typeof answer.ok["token"] !== "string") return { fault: "refused", messages: [] };
      this.token = answer.ok["token"];
      return { ok: true };
    };
    if (!("locks" in navigator)) return start();
    return new Promise((done) => {
      void navigator.locks.request(this.key, async () => {
        const answer = await start();
        done(answer);
        // What one tab stores is seen by the others a moment later; until then they wait.
        if ("ok" in answer && answer.ok) await new Promise((later) => setTimeout(later, STORED));
      });
    });
  }

  async send(id: string, payload: Payload): Promise<Answer<Message[]>> {
    const used = this.token;
    const answer = await this.ask("messages", { method: "POST", body: { id, ...payload } });
    if ("fault" in answer) return answer;
    const fresh = isData(answer.ok) ? answer.ok["token"] : undefined;
    if (typeof fresh === "string" && this.token === used) this.token = fresh;
    return { ok: readMessages(answer.ok) };
  }

  async history(): Promise<Answer<ReturnType<typeof readHistory>>> {
    const answer = await this.ask("history");
    return "fault" in answer ? answer : { ok: readHistory(answer.ok) };
  }

  async rate(id: string, helpful: boolean): Promise<boolean> {
    return "ok" in (await this.ask("feedback", { method: "POST", body: { message: id, helpful } }));
  }

  async remove(): Promise<boolean> {
    const answer = await this.ask("conversation", { method: "DELETE" });
    return "ok" in answer || answer.fault === "expired";
  }

  /** A file of this server, fetched with the token. */
  async file(address: string): Promise<Blob | undefined> {
    try {
      const answer = await fetch(address, { headers: this.headers(), credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
      return answer.ok ? await answer.blob() : undefined;
    } catch {
      return undefined;
    }
  }

  export(): Promise<Blob | undefined> {
    return this.file(`${this.server}${PATH}export`);
  }

  /** Listen for what the bot says unasked, until `deafen`. */
  async hear(tell: (messages: Message[]) => void): Promise<void> {
    if (this.ears) return;
    const ears = (this.ears = new AbortController());
    for (let fails = 0; !ears.signal.aborted; fails++) {
      try {
        const answer = await fetch(`${this.server}${PATH}events`, {
          headers: { ...this.headers(), accept: "text/event-stream", ...(this.lastEvent && { "last-event-id": this.lastEvent }) },
          credentials: "omit",
          cache: "no-store",
          signal: ears.signal,
        });
        if (answer.ok && answer.body) {
          fails = 0;
          await this.listen(answer.body, tell);
        } else if (answer.status < 500 && answer.status !== 429) break;
      } catch {
        // the line broke: tried again below
      }
      await new Promise((done) => setTimeout(done, HEAR_AGAIN[Math.min(fails, HEAR_AGAIN.length - 1)]));
    }
    if (this.ears === ears) this.ears = undefined;
  }

  deafen(): void {
    this.ears?.abort();
    this.ears = undefined;
  }

  private async listen(body: ReadableStream<Uint8Array>, tell: (messages: Message[]) => void): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += decoder.decode(value, { stream: true }).replace(/\r\n?/g, "\n");
      const events = rest.split("\n\n");
      rest = events.pop() ?? "";
      for (const event of events) this.hearOne(event, tell);
    }
  }

  private hearOne(event: string, tell: (messages: Message[]) => void): void {
    let data = "";
    for (const line of event.split("\n")) {
      const [, name, value] = /^(\w+): ?(.*)$/.exec(line) ?? [];
      if (name === "id") this.lastEvent = value ?? "";
      if (name === "data") data += `${value}\n`;
    }
    try {
      const read: unknown = JSON.parse(data);
      tell(readMessages(isData(read) && !("messages" in read) ? [read] : read));
    } catch {
      // a heartbeat, or an event of a newer server
    }
  }

  private headers(): Record<string, string> {
    return this.token ? { authorization: `Bearer ${this.token}` } : {};
  }

  private async ask(path: string, { method = "GET", body }: { method?: string; body?: object } = {}): Promise<Answer<unknown>> {
    let answer: Response;
    let data: unknown;
    try {
      answer = await fetch(`${this.server}${PATH}${path}`, {
        method,
        headers: { ...this.headers(), ...(body && { "content-type": "application/json" }) },
        ...(body && { body: JSON.stringify(body) }),
        credentials: "omit",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE),
      });
      data = await answer.json().catch((error: unknown) => {
        if (error instanceof SyntaxError) return undefined; // no JSON, e.g. a proxy's page
        throw error;
      });
    } catch {
      return UNREACHABLE;
    }
    if (answer.ok) return { ok: data };
    return answer.status === 401 ? EXPIRED : { fault: "refused", messages: readMessages(data) };
  }
}
