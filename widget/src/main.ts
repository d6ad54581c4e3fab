/** Put the chat on the page that loads this script; its settings are the data attributes of the script tag. */
import { BackChat } from "./chat.js";
import { safeLink } from "./text.js";
import { useLanguage } from "./strings.js";

function start(script: HTMLScriptElement | null): void {
  if (customElements.get("back-chat")) return; // the tag stands twice
  customElements.define("back-chat", BackChat);
  const set = script?.dataset ?? {};
  const home = script?.src ? new URL(script.src).origin : location.origin;
  useLanguage(set["lang"] ?? document.documentElement.lang);
  const place = (): void => {
    const chat = new BackChat();
    chat.configure({
      server: (safeLink(set["server"] ?? home, location.href) ?? home).replace(/\/+$/, ""),
      title: set["title"] ?? "",
      country: (set["country"] ?? "").toUpperCase(),
      theme: set["theme"] ?? "auto",
      exit: safeLink(set["exit"] ?? "", undefined) ?? "about:blank",
      dir: set["dir"] ?? getComputedStyle(document.documentElement).direction,
      open: "open" in set,
    });
    document.body.append(chat);
  };
  if (document.body && document.readyState !== "loading") place();
  else document.addEventListener("DOMContentLoaded", place, { once: true });
}

start(document.currentScript instanceof HTMLScriptElement ? document.currentScript : null);
