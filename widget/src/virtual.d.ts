declare module "virtual:emergency-lines" {
  /** What to say where the country is not known. */
  export const unknown: string;
  /** By country code: the line in words, then its numbers. */
  export const lines: Record<string, string[]>;
}
