/** Line drawings of the buttons. */
import { html, svg, type TemplateResult } from "lit";

const icon = (paths: TemplateResult, size = 24): TemplateResult =>
  html`<svg width=${size} height=${size} viewBox="0 0 24 24" aria-hidden="true">${paths}</svg>`;

export const chat = () => icon(svg`<path d="M5 4h14a2 2 0 0 1 2 2v9a2 2 0 0 1-2 2h-7l-5 4v-4H5a2 2 0 0 1-2-2V6a2 2 0 0 1 2-2z"/><path d="M8 9h8M8 12.500h5"/>`, 30);
export const cross = () => icon(svg`<path d="M6 6l12 12M18 6L6 18"/>`);
export const dots = () => icon(svg`<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="4"/>`);
export const plane = () => icon(svg`<path d="M4 12L20 4l-5 16-3.500-6.500z"/><path d="M11.500 13.500L20 4"/>`);
export const warning = () => icon(svg`<path d="M12 3.500L22 20.500H2z"/><path d="M12 10v4.500M12 17.500h.01"/>`, 26);
export const down = () => icon(svg`<path d="M12 4v11M7 11l5 5 5-5M5 20h14"/>`);
export const flag = () => icon(svg`<path d="M6 21V4h13l-3 4.500 3 4.500H6"/>`, 18);
const THUMB = svg`<path d="M7 11v9H4v-9zM7 11l4-7.500c1.600 0 2.500 1.100 2.200 2.700L12.600 9.500H18a2 2 0 0 1 2 2.400l-1.200 6.400A2 2 0 0 1 16.800 20H7"/>`;
export const up = () => icon(THUMB, 22);
export const thumbDown = () => icon(svg`<g transform="rotate(180 12 12)">${THUMB}</g>`, 22);
/** The mark: a spine's easy curve. */
export const mark = () =>
  icon(svg`<path d="M13 2.500c-4 3.500 2 5.500-1 9.500s3 5.500-1 9.500" stroke-width="2.500"/><path d="M7.500 5.500h2M15 9h-.5M7 12.500h2M16 16h-.5" opacity=".7"/>`, 30);
