/** The look. A site may set --back-chat-accent, --back-chat-on-accent, --back-chat-font and --back-chat-gap on the element. */
import { css, unsafeCSS } from "lit";

const dark = unsafeCSS(`
  color-scheme: dark;
  --accent: var(--back-chat-accent, #7fd8cb); --on-accent: var(--back-chat-on-accent, #06211e);
  --head: #16302e; --on-head: #eefaf7; --page: #121a1a; --card: #1c2727; --ink: #eef3f1; --soft: #b4c3c0; --edge: #51635f;
  --mine: #235a54; --on-mine: #f2fffc; --focus: #ffc76b; --warm: #33291b; --warm-ink: #ffe3b3; --alarm: #8f1616; --on-alarm: #fff;
  --urgent: #ff9d8a; --shade: rgb(0 0 0 / .55);
`);

export const styles = css`
  :host {
    all: initial;
    color-scheme: light;
    --accent: var(--back-chat-accent, #0b5d57); --on-accent: var(--back-chat-on-accent, #fff);
    --head: #0b5d57; --on-head: #fff; --page: #fbf6ee; --card: #fff; --ink: #1f2b2a; --soft: #50605d; --edge: #8a9894;
    --mine: #d5ebe6; --on-mine: #12302d; --focus: #b3400e; --warm: #fdeccd; --warm-ink: #54390a; --alarm: #a81414; --on-alarm: #fff;
    --urgent: #a81414; --shade: rgb(20 40 38 / .28);
    font: max(16px, 1rem) / 1.5 var(--back-chat-font, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif);
    color: var(--ink);
  }
  @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { ${dark} } }
  :host([theme="dark"]) { ${dark} }
  :host([hidden]) { display: none; }
  *, ::before, ::after { box-sizing: border-box; }
  h2, h3, p, ul, ol, fieldset, legend, dialog { margin: 0; padding: 0; border: 0; font: inherit; color: inherit; }
  h2, h3, p, legend, span, small, button, li { unicode-bidi: plaintext; }
  button, textarea, input { font: inherit; color: inherit; margin: 0; }
  button { cursor: pointer; border: 1px solid transparent; background: none; min-height: 44px; touch-action: manipulation; }
  a { color: var(--accent); text-underline-offset: .15em; }
  svg { display: block; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; }
  :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
  .head :focus-visible { outline-color: var(--on-head); outline-offset: -3px; }
  .sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

  .corner { position: fixed; z-index: 2147483000; inset-block-end: var(--back-chat-gap, 20px); inset-inline-end: var(--back-chat-gap, 20px);
    display: flex; align-items: flex-end; gap: 12px; max-width: calc(100vw - 40px); }
  .launcher { position: relative; flex: none; width: 64px; height: 64px; border-radius: 50%; display: grid; place-items: center;
    background: var(--accent); color: var(--on-accent); box-shadow: 0 6px 22px var(--shade); transition: transform .18s; }
  .launcher:hover { transform: translateY(-2px); }
  .badge { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 24px; height: 24px; padding: 0 6px; border-radius: 12px;
    background: var(--alarm); color: var(--on-alarm); font-size: 14px; line-height: 24px; font-weight: 700; text-align: center; }
  .greeting { display: flex; align-items: center; background: var(--card); border: 1px solid var(--edge); border-radius: 18px 18px 4px 18px;
    box-shadow: 0 6px 22px var(--shade); overflow: hidden; animation: rise .3s both; }
  .greeting button { border-radius: 16px; padding: 10px 4px 10px 18px; text-align: start; }
  .greeting button:last-child { width: 44px; padding: 10px; }
  .greeting :focus-visible { outline-offset: -4px; }

  dialog { position: fixed; z-index: 2147483001; inset: auto; inset-block-end: calc(var(--back-chat-gap, 20px) + 76px); inset-inline-end: var(--back-chat-gap, 20px);
    width: 412px; height: min(720px, 100dvh - 116px); max-width: none; max-height: none; border: 1px solid var(--edge); border-radius: 22px; overflow: hidden;
    background: var(--page); box-shadow: 0 18px 60px var(--shade); flex-direction: column; }
  dialog[open] { display: flex; animation: rise .22s both; }
  dialog::backdrop { background: transparent; }
  @media (max-width: 560px), (max-height: 520px) {
    dialog { inset: 0; width: 100%; height: var(--seen, 100dvh); border: 0; border-radius: 0; }
  }
  @keyframes rise { from { opacity: 0; transform: translateY(10px); } }

  .head { display: flex; align-items: center; gap: 6px; padding: 8px 8px 8px 14px; background: var(--head); color: var(--on-head); flex: none; position: relative; }
  :host([dir="rtl"]) .head { padding: 8px 14px 8px 8px; }
  .head > div { flex: 1; min-width: 0; }
  .head h2 { font-weight: 700; font-size: 1.03em; line-height: 1.25; overflow-wrap: anywhere; }
  .head p { font-size: .8em; line-height: 1.3; }
  .icon { width: 44px; height: 44px; border-radius: 12px; display: grid; place-items: center; flex: none; padding: 0; }
  .head .icon:hover { background: rgb(255 255 255 / .14); }
  .menu { position: absolute; z-index: 3; inset-block-start: calc(100% + 4px); inset-inline-end: 8px; list-style: none; padding: 6px; min-width: 240px;
    background: var(--card); color: var(--ink); border: 1px solid var(--edge); border-radius: 14px; box-shadow: 0 10px 34px var(--shade); }
  .menu button { width: 100%; text-align: start; padding: 8px 12px; border-radius: 9px; }
  .menu button:hover { background: var(--mine); color: var(--on-mine); }
  .menu li:last-child { border-block-start: 1px solid var(--edge); margin-block-start: 6px; padding-block-start: 6px; }
  .head .menu :focus-visible { outline-color: var(--focus); }
  .menu .leave { font-weight: 650; }

  .banner { flex: none; max-height: 55%; overflow-y: auto; background: var(--alarm); color: var(--on-alarm); padding: 14px 16px; display: grid; gap: 10px; }
  .banner h3 { font-weight: 750; font-size: 1.14em; line-height: 1.3; display: flex; gap: 8px; align-items: flex-start; }
  .banner h3 svg { flex: none; margin-block-start: 1px; }
  .banner p b { display: block; font-size: .86em; }
  .banner :focus-visible, .banner:focus-visible { outline-color: #fff; outline-offset: -3px; }
  .banner .row { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }
  .tel { display: inline-flex; align-items: center; min-height: 48px; padding: 8px 20px; border-radius: 999px; background: #fff; color: #8a0f0f; font-weight: 750; text-decoration: none; border: 1px solid transparent; }
  .banner .tel:focus-visible { outline: 3px solid #ffd9a0; outline-offset: 2px; }
  .banner .fold { color: inherit; border: 1px solid currentColor; border-radius: 999px; padding: 4px 16px; }
  .bar { flex: none; background: var(--warm); color: var(--warm-ink); padding: 10px 16px; font-size: .92em; display: grid; gap: 6px; border-block-end: 1px solid var(--edge); max-height: 45%; overflow-y: auto; }
  .bar a { color: inherit; font-weight: 700; }
  .bar button { justify-self: start; border: 1px solid currentColor; border-radius: 999px; padding: 4px 16px; }

  .log { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 16px; display: flex; flex-direction: column; gap: 12px; position: relative; }
  .log:focus-visible { outline-offset: -4px; }
  .log > * { flex: none; }
  .welcome { display: grid; gap: 8px; padding: 4px 2px; }
  .welcome h3 { font-size: 1.3em; font-weight: 700; line-height: 1.25; }
  .welcome p { color: var(--soft); }
  .bubble { max-width: 92%; padding: 11px 15px; border-radius: 18px; overflow-wrap: anywhere; animation: rise .22s both; }
  .bubble:focus-visible { outline-offset: 1px; }
  .bubble p { white-space: pre-line; }
  .bubble p + p, .bubble p + ul, .bubble p + ol, .bubble ul + p, .bubble ol + p { margin-block-start: .55em; }
  .bubble .source { font-size: .86em; color: var(--soft); }
  .bubble ul, .bubble ol { padding-inline-start: 1.3em; display: grid; gap: .25em; }
  .user { align-self: flex-end; background: var(--mine); color: var(--on-mine); border-end-end-radius: 5px; max-width: 85%; }
  .bot { align-self: flex-start; background: var(--card); border: 1px solid color-mix(in srgb, var(--edge) 45%, transparent); border-end-start-radius: 5px; }
  .wide { width: 100%; max-width: 100%; display: grid; gap: 14px; }
  .bot.emergency, .bot.crisis, .bot.safety { border-color: var(--urgent); border-inline-start: 5px solid var(--urgent); }
  .note { align-self: center; color: var(--soft); font-size: .9em; text-align: center; }
  .sent { font-size: .86em; margin-block-start: 4px; display: flex; gap: 6px 12px; align-items: center; flex-wrap: wrap; justify-content: flex-end; }
  .sent button { border: 1px solid currentColor; border-radius: 999px; padding: 2px 14px; font-weight: 600; }
  .tags { display: flex; flex-wrap: wrap; gap: 6px; margin-block-end: 6px; }
  .tag { font-size: .8em; font-weight: 650; line-height: 1.35; padding: 3px 10px; border-radius: 999px; border: 1px solid var(--edge); color: var(--soft); }
  .tag.E1, .tag.E2 { background: var(--alarm); color: var(--on-alarm); border-color: transparent; }
  .tag.S { color: var(--urgent); border-color: currentColor; }
  .tag.D, .tag.R { background: var(--warm); color: var(--warm-ink); border-color: transparent; }
  .tag.H { background: var(--mine); color: var(--on-mine); border-color: transparent; }

  .solid, .plain, .chip { border-radius: 999px; padding: 8px 20px; font-weight: 600; line-height: 1.3; }
  .solid { background: var(--accent); color: var(--on-accent); }
  .plain, .chip { border-color: var(--accent); color: var(--accent); background: var(--card); text-align: start; }
  .solid:hover, .chip:hover, .plain:hover { box-shadow: 0 2px 10px var(--shade); }
  .chips { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; }
  .chip { border-radius: 22px; padding: 9px 18px; max-width: 100%; overflow-wrap: anywhere; }
  .danger { background: var(--alarm); color: var(--on-alarm); }
  .quiet { border-color: transparent; padding-inline: 10px; }
  .controls { display: flex; flex-wrap: wrap; gap: 8px; align-items: center; }

  fieldset { min-width: 0; display: grid; gap: 8px; }
  legend { color: var(--soft); font-size: .9em; margin-block-end: 8px; }
  .tick { display: flex; gap: 12px; align-items: center; min-height: 48px; padding: 8px 12px; border: 1px solid var(--edge); border-radius: 13px; cursor: pointer; }
  .tick:has(:checked) { border-color: var(--accent); background: var(--mine); color: var(--on-mine); box-shadow: inset 0 0 0 1px var(--accent); }
  .tick input { width: 24px; height: 24px; flex: none; accent-color: var(--accent); }
  .tick:has(:focus-visible), .mark:has(:focus-visible) { outline: 3px solid var(--focus); outline-offset: 2px; }
  .tick :focus-visible { outline: none; }
  .hint { color: var(--urgent); font-weight: 600; font-size: .92em; }
  .marks { display: grid; grid-template-columns: repeat(auto-fit, minmax(44px, 1fr)); gap: 6px; }
  .mark { position: relative; min-height: 46px; display: grid; place-items: center; border: 1px solid var(--edge); border-radius: 12px; cursor: pointer; font-weight: 600; }
  .mark input { position: absolute; inset: 0; width: 100%; height: 100%; opacity: 0; cursor: pointer; }
  .mark:has(:checked) { background: var(--accent); color: var(--on-accent); border-color: transparent; }
  .ends { display: flex; justify-content: space-between; gap: 16px; font-size: .88em; color: var(--soft); }
  .ends span:last-child { text-align: end; }

  .card { display: grid; gap: 12px; }
  .card h3 { font-weight: 700; font-size: 1.12em; }
  .card img { width: 100%; height: auto; border-radius: 14px; display: block; background: var(--page); }
  .card ol { padding-inline-start: 1.4em; display: grid; gap: .3em; }
  .card ol ::marker { font-weight: 700; color: var(--accent); }
  .bubble .dose { list-style: none; display: flex; flex-wrap: wrap; gap: 6px; padding: 0; }
  .dose li { background: var(--mine); color: var(--on-mine); border-radius: 999px; padding: 3px 12px; font-size: .88em; font-weight: 600; }
  back-chat-hold, back-chat-countdown { display: grid; gap: 10px; }
  .timer { display: flex; gap: 16px; align-items: center; padding: 12px 14px; border-radius: 16px; background: var(--page); }
  .timer.holding { background: var(--mine); color: var(--on-mine); }
  .ring { width: 76px; height: 76px; flex: none; stroke-width: 7; }
  .track { stroke: color-mix(in srgb, var(--edge) 45%, transparent); }
  .run { stroke: var(--accent); }
  .ring .mark { display: inline; stroke: currentColor; stroke-width: 3; }
  .count { display: grid; line-height: 1.25; min-width: 0; }
  .count b { font-size: 2em; font-weight: 750; font-variant-numeric: tabular-nums; line-height: 1.1; }
  .count span { font-weight: 600; }
  .count small { font-size: .86em; }
  .count i { font-style: normal; }
  .file { display: flex; gap: 10px; align-items: center; min-height: 48px; padding: 8px 16px; border: 1px solid var(--accent); border-radius: 14px; font-weight: 600; overflow-wrap: anywhere; }
  .file svg { flex: none; }
  .judge { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 0 12px; color: var(--soft); font-size: .9em; }
  .wrong { display: flex; align-items: center; gap: 6px; padding: 0; text-decoration: underline; text-align: start; }
  .rate { display: flex; align-items: center; gap: 4px; }
  .rate .icon[aria-pressed="true"] { background: var(--mine); color: var(--on-mine); }
  .typing { display: flex; gap: 6px; padding: 16px; }
  .typing i { width: 9px; height: 9px; border-radius: 50%; background: var(--soft); animation: breathe 1.2s infinite; }
  .typing i:nth-child(2) { animation-delay: .18s; }
  .typing i:nth-child(3) { animation-delay: .36s; }
  @keyframes breathe { 0%, 60%, 100% { opacity: .3; } 30% { opacity: 1; } }

  form { flex: none; display: flex; gap: 8px; align-items: flex-end; padding: 10px 12px 8px; background: var(--card); border-block-start: 1px solid color-mix(in srgb, var(--edge) 45%, transparent); }
  textarea { flex: 1; min-width: 0; min-height: 48px; max-height: 132px; resize: none; padding: 11px 15px; line-height: 1.5; border: 1px solid var(--edge); border-radius: 18px; background: var(--page); field-sizing: content; }
  textarea::placeholder { color: var(--soft); opacity: 1; }
  .send { width: 48px; height: 48px; border-radius: 16px; background: var(--accent); color: var(--on-accent); padding: 0; display: grid; place-items: center; flex: none; }
  :host([dir="rtl"]) .send svg { transform: scaleX(-1); }
  .foot { flex: none; display: flex; flex-wrap: wrap; gap: 0 10px; align-items: center; justify-content: center; padding: 0 12px 6px; font-size: .86em; color: var(--soft); background: var(--card); }
  .foot button, .foot a { color: var(--urgent); font-weight: 650; text-decoration: underline; min-height: 32px; display: inline-flex; align-items: center; padding: 0 4px; }
  .view { flex: 1; overflow-y: auto; padding: 20px; display: flex; flex-direction: column; align-items: flex-start; gap: 14px; }
  .view h3 { font-size: 1.25em; font-weight: 700; }
  .view .tel { background: var(--alarm); color: var(--on-alarm); }

  @media (prefers-reduced-motion: reduce) { *, ::before, ::after { animation: none !important; transition: none !important; } }
  @media (forced-colors: active) {
    button, .bubble, .banner, .bar, .timer, .tel, .tag, .badge, form { border: 1px solid ButtonText; }
    .run { stroke: Highlight; } .track { stroke: GrayText; }
    .mark:has(:checked), .tick:has(:checked) { outline: 3px solid Highlight; }
    .typing i { background: CanvasText; }
  }
`;
