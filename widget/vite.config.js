import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { defineConfig } from "vite";

// The phone numbers live in knowledge/help_lines.yml alone. The build reads them from there, so that emergency help
// can be shown even when the server is gone.
const NAME = "virtual:emergency-lines";
const FILE = new URL("../knowledge/help_lines.yml", import.meta.url);

function emergencyLines() {
  return {
    name: "emergency-lines",
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load(id) {
      if (id !== `\0${NAME}`) return undefined;
      const data = parse(readFileSync(FILE, "utf8"));
      const lines = {};
      for (const country of data.countries) {
        if (!country.conflict && country.emergency) {
          lines[country.code] = [country.emergency.text, ...country.emergency.numbers];
        }
      }
      return `export const unknown = ${JSON.stringify(data.unknown_country.text)};\nexport const lines = ${JSON.stringify(lines)};`;
    },
  };
}

// Line breaks and indents inside templates are bytes without a use.
function tightTemplates() {
  return {
    name: "tight-templates",
    enforce: "pre",
    transform(code, id) {
      if (/src.styles\.ts$/.test(id)) return { code: code.replace(/([;{},])\n\s+/g, "$1").replace(/\s*([{};])\s+(?=[\w.:&*@}-])/g, "$1"), map: null };
      if (/src.(chat|messages|timers)\.ts$/.test(id)) {
        return { code: code.replace(/(>|\}|`)\n\s+(?=<|\$\{)/g, "$1"), map: null };
      }
      return undefined;
    },
  };
}

export default defineConfig({
  plugins: [tightTemplates(), emergencyLines()],
  publicDir: false,
  build: {
    target: "es2022",
    outDir: "dist",
    minify: true,
    reportCompressedSize: true,
    lib: { entry: "src/main.ts", formats: ["iife"], name: "BackChat", fileName: () => "widget.js" },
  },
});
