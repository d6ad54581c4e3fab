/** The course of a stretch as phases with lengths in seconds. The dose is the card's; the pauses between are ours. */
import type { Card } from "./model.js";
import type { Name } from "./strings.js";

const READY = 5;
const REST = 5;
const CHANGE_SIDE = 6;
const BETWEEN_SETS = 20;

export interface Phase {
  name: Name;
  seconds: number;
  hold: boolean;
  round: number;
  set: number;
}

/** All phases of one session; empty when the card says no length. `sides: each` holds left and right in each round. */
export function phases(card: Card): Phase[] {
  if (!card.hold) return [];
  const found: Phase[] = [{ name: "ready", seconds: READY, hold: false, round: 1, set: 1 }];
  const sides: Name[] = card.sides === "each" ? ["holdLeft", "holdRight"] : ["hold"];
  const [sets, rounds] = [Math.min(card.sets ?? 1, 10), Math.min(card.repetitions ?? 1, 50)];
  for (let set = 1; set <= sets; set++) {
    for (let round = 1; round <= rounds; round++) {
      sides.forEach((name, side) => {
        found.push({ name, seconds: card.hold?.[1] ?? 0, hold: true, round, set });
        if (side + 1 < sides.length) found.push({ name: "changeSide", seconds: CHANGE_SIDE, hold: false, round, set });
        else if (round < rounds) {
          found.push({ name: sides.length > 1 ? "changeSide" : "rest", seconds: REST, hold: false, round, set });
        } else if (set < sets) found.push({ name: "setDone", seconds: BETWEEN_SETS, hold: false, round, set });
      });
    }
  }
  return found;
}
