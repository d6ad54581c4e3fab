/** The element on the page: launcher, panel, and where the focus goes. What is said is in `conversation.ts`. */
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { lines, unknown } from "virtual:emergency-lines";
import { Client } from "./client.js";
import { Conversation } from "./conversation.js";
import * as icons from "./icons.js";
import { bubble, call, type Acts } from "./messages.js";
import type { Item, Message, Payload } from "./model.js";
import { say, type Name } from "./strings.js";
import { styles } from "./styles.js";
import "./timers.js";

export interface Settings {
  server: string;
  title: string;
  country: string;
  theme: string;
  exit: string;
  dir: string;
  open: boolean;
}

type View = "chat" | "about" | "data" | "delete" | "help";

const SMALL = "(max-width: 560px), (max-height: 520px)";
const GREET_AFTER = 1_500;
const SLOW_AFTER = 8_000;
const MAX_TEXT = 4_000;

export class BackChat extends LitElement {
  static override styles = styles;

  private settings!: Settings;
  private conversation!: Conversation;
  private opened = false;
  private view: View = "chat";
  private menu = false;
  private greeting = false;
  private folded = false;
  private alarm = ""; // the banner that has been announced
  private unread = 0;
  private status = "";
  private slow = 0;
  private isSlow = false;
  private draft = "";
  private pointer = "mouse"; // how the person acts: mouse, touch, pen or keyboard
  private aim: number | "end" | undefined; // the key of the line to show from its top
  private follow = false; // the answer to a pressed button takes the focus along
  private small = matchMedia(SMALL);

  configure(settings: Settings): void {
    this.settings = settings;
    this.conversation = new Conversation(new Client(settings.server, settings.country), (news, asked) => this.news(news, asked));
    this.setAttribute("dir", settings.dir === "rtl" ? "rtl" : "ltr");
    if (settings.theme === "dark" || settings.theme === "light") this.setAttribute("theme", settings.theme);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.conversation.load();
    this.small.addEventListener("change", () => this.opened && this.show(true));
    // On a phone the keyboard covers the page: the panel keeps to what is seen.
    visualViewport?.addEventListener("resize", () => this.style.setProperty("--seen", `${visualViewport?.height ?? 0}px`));
    this.addEventListener("tell", (event) => this.tell((event as CustomEvent<string>).detail));
    this.addEventListener("pointerdown", (event) => (this.pointer = event.pointerType));
    this.addEventListener("keydown", () => (this.pointer = "keyboard"), true);
    const known = this.conversation.client.token !== null || document.referrer.startsWith(`${location.origin}/`);
    if (!known) setTimeout(() => this.redraw(() => (this.greeting = !this.opened)), GREET_AFTER);
    if (this.settings.open && !this.small.matches) void this.updateComplete.then(() => this.open(false));
  }

  // --- open and close

  private get dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector("dialog");
  }

  private find(selector: string): HTMLElement | null {
    return this.renderRoot.querySelector<HTMLElement>(selector);
  }

  private open(focus = true): void {
    this.opened = true;
    this.greeting = false;
    this.unread = 0;
    this.aim = "end";
    this.requestUpdate();
    void this.updateComplete.then(() => {
      this.show(focus);
      this.settle();
    });
  }

  /** Show the dialog: over all else on a phone (the page behind is inert), beside the page on a desk. */
  private show(focus: boolean): void {
    const dialog = this.dialog;
    if (!dialog) return;
    const before = document.activeElement;
    const inside = (this.renderRoot as ShadowRoot).activeElement;
    if (dialog.open) dialog.close();
    if (this.small.matches) dialog.showModal();
    else dialog.show();
    if (!focus) {
      const now = (this.renderRoot as ShadowRoot).activeElement;
      if (now instanceof HTMLElement) now.blur();
      if (before instanceof HTMLElement && !before.isSameNode(this)) before.focus();
    } else if (dialog.contains(inside) && inside instanceof HTMLElement) inside.focus();
    else this.focusStart();
  }

  private focusStart(): void {
    const start = this.conversation.banner ? ".banner" : this.pointer === "touch" ? "h2" : "textarea";
    (this.find(start) ?? this.find("h2"))?.focus();
  }

  private close(): void {
    this.dialog?.close();
    this.opened = this.menu = false;
    this.view = "chat";
    this.requestUpdate();
    void this.updateComplete.then(() => this.find(".launcher")?.focus());
  }

  private escape(event: Event): void {
    event.preventDefault();
    if (this.menu) this.closeMenu();
    else if (this.view !== "chat") this.turn("chat");
    else this.close();
  }

  // --- what the conversation tells

  private news(messages: Message[], asked: boolean): void {
    const { banner, items, busy } = this.conversation;
    const newest = items[items.length - messages.length];
    this.requestUpdate(); // first, so that `updateComplete` below waits for it
    if (messages.length) {
      this.aim = newest?.key;
      if (!this.opened) this.unread += messages.length;
    } else if (asked) this.aim = "end";
    this.watchSlow(busy);
    const alarm = banner ? banner.heading + banner.reason : "";
    if (alarm && alarm !== this.alarm) {
      this.folded = false;
      this.view = "chat";
      if (!this.opened && this.isConnected) this.open();
      else if (!this.draft) void this.updateComplete.then(() => this.opened && this.find(".banner")?.focus());
    } else if (this.follow && messages.length && newest) {
      this.follow = false;
      void this.updateComplete.then(() => {
        const active = (this.renderRoot as ShadowRoot).activeElement;
        if (active?.classList.contains("log")) this.find(`[data-key="${newest.key}"]`)?.focus({ preventScroll: true });
      });
    }
    this.alarm = alarm;
  }

  private watchSlow(busy: boolean): void {
    if (busy && !this.slow) {
      this.slow = setTimeout(() => {
        this.redraw(() => (this.isSlow = true));
        this.tell(say("slow"));
      }, SLOW_AFTER);
    } else if (!busy && this.slow) {
      clearTimeout(this.slow);
      this.slow = 0;
      this.isSlow = false;
    }
  }

  private tell(text: string): void {
    this.redraw(() => (this.status = ""));
    setTimeout(() => this.redraw(() => (this.status = text)), 60);
  }

  private redraw(change: () => void): void {
    change();
    this.requestUpdate();
  }

  override updated(): void {
    this.settle();
  }

  /** Scroll to the end, but never past the beginning of what is new. */
  private settle(): void {
    const log = this.find(".log");
    if (this.aim === undefined || !log || !this.opened) return;
    const line = this.aim === "end" ? null : this.find(`[data-key="${this.aim}"]`);
    const end = log.scrollHeight - log.clientHeight;
    log.scrollTop = line ? Math.min(end, line.offsetTop - 12) : end;
    this.aim = undefined;
  }

  // --- what the person does

  private acts: Acts = {
    answer: (payload: Payload, text: string) => {
      // The pressed control goes: a mouse goes on writing; keyboard and touch go on reading.
      this.follow = this.pointer !== "mouse";
      this.conversation.send(payload, text);
      void this.updateComplete.then(() => this.find(this.follow ? ".log" : "textarea")?.focus({ preventScroll: true }));
    },
    resend: (item: Item) => {
      this.conversation.resend(item);
      void this.updateComplete.then(() => this.find("textarea")?.focus());
    },
    rate: (item: Item, helpful: boolean) => {
      void this.conversation.rate(item, helpful);
      void this.updateComplete.then(() => {
        this.find(helpful ? `[data-key="${item.key}"]` : "textarea")?.focus();
        this.tell(say(helpful ? "thanks" : "thanksNo"));
      });
    },
    fetch: (address: string, name: string) => void this.download(address, name),
    server: () => this.settings.server,
  };

  private async download(address: string | undefined, name: string): Promise<void> {
    const blob = await (address ? this.conversation.client.file(address) : this.conversation.client.export());
    if (!blob) {
      this.conversation.note(say("downloadFailed"));
      this.tell(say("downloadFailed"));
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  private submit(event: Event): void {
    event.preventDefault();
    const text = this.draft.trim();
    if (!text) return;
    this.clear();
    this.follow = false;
    this.conversation.send({ text }, text);
    this.find("textarea")?.focus();
  }

  private clear(): void {
    this.draft = "";
    const box = this.find("textarea");
    if (box instanceof HTMLTextAreaElement) box.value = "";
  }

  private typed(event: KeyboardEvent): void {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) this.submit(event);
  }

  private toggleMenu(): void {
    this.redraw(() => (this.menu = !this.menu));
    if (this.menu) void this.updateComplete.then(() => this.find(".menu button")?.focus());
  }

  private closeMenu(): void {
    this.redraw(() => (this.menu = false));
    this.find(".menu-button")?.focus();
  }

  private menuLeft(event: FocusEvent): void {
    const to = event.relatedTarget;
    if (this.menu && to instanceof Element && !to.closest(".menu, .menu-button")) this.redraw(() => (this.menu = false));
  }

  /** Show another side of the panel, and put the focus at its beginning. */
  private turn(view: View): void {
    this.view = view;
    this.menu = false;
    if (view === "chat") this.aim = "end";
    this.requestUpdate();
    void this.updateComplete.then(() => this.find(view === "chat" ? "textarea" : ".view h3")?.focus());
  }

  private startOver(): void {
    this.turn("chat");
    this.conversation.send({ text: say("startOverText") }, say("startOverText"));
  }

  private async removeChat(): Promise<void> {
    const { client } = this.conversation;
    const removed = client.token === null || (await client.remove());
    if (removed) this.conversation.forget();
    this.turn("chat");
    this.conversation.note(say(removed ? "removed" : "removeFailed"));
    this.tell(say(removed ? "removed" : "removeFailed"));
  }

  private leave(): void {
    this.conversation.forget();
    this.clear();
    this.hidden = true;
    location.replace(this.settings.exit);
  }

  // --- what is drawn

  override render(): TemplateResult {
    return html`
      <div class="corner">
        ${this.greeting
          ? html`<div class="greeting">
              <button @click=${() => this.open()}>${say("greeting")}</button>
              <button class="icon" aria-label=${say("greetingHide")} @click=${this.hideGreeting}>${icons.cross()}</button>
            </div>`
          : nothing}
        <button
          class="launcher"
          aria-expanded=${this.opened}
          aria-label=${this.opened ? say("close") : this.unread ? say("openNew", { count: this.unread }) : say("open")}
          @click=${() => (this.opened ? this.close() : this.open())}
        >
          ${this.opened ? icons.cross() : icons.chat()}
          ${this.unread ? html`<span class="badge" aria-hidden="true">${this.unread}</span>` : nothing}
        </button>
      </div>
      <dialog
        aria-labelledby="title"
        @cancel=${this.escape}
        @keydown=${(event: KeyboardEvent) => event.key === "Escape" && this.escape(event)}
      >
        ${this.head()} ${this.banner()} ${this.bar()} ${this.view === "chat" ? this.chat() : this.side()}
        <div class="sr" role="status">${this.status}</div>
      </dialog>
    `;
  }

  private hideGreeting(): void {
    this.redraw(() => (this.greeting = false));
    this.find(".launcher")?.focus();
  }

  private head(): TemplateResult {
    const item = (name: Name, act: () => void, cls = "") =>
      html`<li><button class=${cls} @click=${act}>${say(name)}</button></li>`;
    return html`<div class="head" @focusout=${this.menuLeft}>
      ${icons.mark()}
      <div>
        <h2 id="title" tabindex="-1" dir="auto">${this.settings.title || say("title")}</h2>
        <p>${say("subtitle")}</p>
      </div>
      <button class="icon menu-button" aria-label=${say("menu")} aria-expanded=${this.menu} aria-controls="menu" @click=${this.toggleMenu}>
        ${icons.dots()}
      </button>
      <button class="icon" aria-label=${say("close")} @click=${this.close}>${icons.cross()}</button>
      <ul class="menu" id="menu" ?hidden=${!this.menu}>
        ${this.menu
          ? [
              item("startOver", () => this.startOver()),
              item("myData", () => this.turn("data")),
              item("remove", () => this.turn("delete")),
              item("helpOpen", () => this.turn("help")),
              item("about", () => this.turn("about")),
              item("leave", () => this.leave(), "leave"),
            ]
          : nothing}
      </ul>
    </div>`;
  }

  private banner(): TemplateResult | typeof nothing {
    const banner = this.conversation.banner;
    if (!banner) return nothing;
    return html`<div class="banner" role="alert" tabindex="-1">
      <h3 dir="auto">${icons.warning()}<span>${banner.heading}</span></h3>
      ${this.folded ? nothing : html`${banner.reason ? html`<p dir="auto">${banner.reason}</p>` : nothing}`}
      <div class="row">
        ${banner.call.map(call)}
        <button class="fold" aria-expanded=${!this.folded} @click=${() => this.redraw(() => (this.folded = !this.folded))}>
          ${say(this.folded ? "more" : "less")}
        </button>
      </div>
      ${banner.say && !this.folded ? html`<p dir="auto"><b>${say("tell")}</b>${banner.say}</p>` : nothing}
    </div>`;
  }

  private emergencyLine(): TemplateResult {
    const [text, ...numbers] = lines[this.settings.country] ?? [unknown];
    return html`<p>${say("helpCall", { line: text ?? unknown })}</p>
      ${numbers[0] ? html`<p>${call(numbers[0])}</p>` : nothing}`;
  }

  private bar(): TemplateResult | typeof nothing {
    const { line } = this.conversation;
    if (line === "open") return nothing;
    return html`<div class="bar" role="status" tabindex="0">
      <p>${say(line)}</p>
      <p>${say("helpSigns")}</p>
      ${this.emergencyLine()}
      <button @click=${() => this.conversation.retryNow()}>${say("retryNow")}</button>
    </div>`;
  }

  private chat(): TemplateResult {
    const { items, busy } = this.conversation;
    const starters: Name[] = ["starter1", "starter2", "starter3"];
    return html`
      <div class="log" role="log" aria-label=${say("log")} tabindex="0">
        <div class="welcome">
          <h3>${say("welcome")}</h3>
          <p>${say("welcomeText")}</p>
          ${items.some((item) => item.from !== "note") || !this.conversation.loaded
            ? nothing
            : html`<ul class="chips" aria-label=${say("starters")}>
                ${starters.map(
                  (name) => html`<li>
                    <button class="chip" @click=${() => this.acts.answer({ text: say(name) }, say(name))}>${say(name)}</button>
                  </li>`,
                )}
              </ul>`}
        </div>
        ${repeat(
          items,
          (item) => item.key,
          (item) => bubble(item, this.conversation.live(item), this.acts),
        )}
        ${busy
          ? html`<div class="bubble bot typing" aria-hidden="true"><i></i><i></i><i></i></div>
              ${this.isSlow ? html`<p class="note">${say("slow")}</p>` : nothing}`
          : nothing}
      </div>
      <form @submit=${this.submit}>
        <textarea
          rows="1"
          aria-label=${say("write")}
          placeholder=${say("write")}
          maxlength=${MAX_TEXT}
          dir="auto"
          enterkeyhint="send"
          autocomplete="off"
          .value=${this.draft}
          @input=${(event: Event) => (this.draft = (event.target as HTMLTextAreaElement).value)}
          @keydown=${this.typed}
        ></textarea>
        <button class="send" aria-label=${say("send")}>${icons.plane()}</button>
      </form>
      <div class="foot"><span>${say("helpFoot")}</span><button @click=${() => this.turn("help")}>${say("helpOpen")}</button></div>
    `;
  }

  private side(): TemplateResult {
    const back = html`<button class="plain" @click=${() => this.turn("chat")}>${say(this.view === "delete" ? "keep" : "goBack")}</button>`;
    const part = (title: Name, rest: TemplateResult) =>
      html`<div class="view"><h3 tabindex="-1">${say(title)}</h3>${rest}${back}</div>`;
    switch (this.view) {
      case "data":
        return part(
          "myData",
          html`<p>${say("dataText")}</p>
            <button class="solid" @click=${() => this.download(undefined, "back-spasm-chat.json")}>${say("dataGet")}</button>
            <button class="plain" @click=${() => this.turn("delete")}>${say("remove")}</button>`,
        );
      case "delete":
        return part("remove", html`<p>${say("removeText")}</p><button class="solid danger" @click=${this.removeChat}>${say("removeYes")}</button>`);
      case "help":
        return part("helpOpen", html`<p>${say("helpSigns")}</p>${this.emergencyLine()}`);
      default:
        return part("about", html`<p>${say("aboutText")}</p><p>${say("dataText")}</p><p><b>${say("leave")}:</b> ${say("leaveText")}</p>`);
    }
  }
}
