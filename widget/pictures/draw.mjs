// Draws the pictures of the five stretches: `node draw.mjs` writes one SVG per stretch beside this file.
// A figure is a set of joints; limbs are tapered capsules, bodies are swept circles, so a pose is changed by moving
// a joint. Every picture has two panels (1 start, 2 end), no words, and follows the reader's light or dark scheme.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const WIDTH = 480;
const HEIGHT = 440;

const STYLE = `
.bg{fill:#fbf4ea}.line{stroke:#e6d8c3}.mat{fill:#8fc4ba}.mat2{fill:#79b1a6}.skin{fill:#c98d62}.far-skin{fill:#ab7149}
.top{fill:#dd6b4d}.far-top{fill:#bb5239}.fold{stroke:#b34d34;stroke-width:1.500}.legs{fill:#2f4f6d}.far-legs{fill:#22394f}.hair{fill:#3a2a25}
.face{stroke:#5d3a26}.go{stroke:#0c6b63}.go-fill{fill:#0c6b63}.halo{stroke:#fbf4ea}.badge{fill:#0c6b63}.digit{fill:#fff}.back{stroke:#fff3c4}
@media (prefers-color-scheme:dark){.bg{fill:#1f2a2c}.line{stroke:#39474a}.mat{fill:#3f7a72}.mat2{fill:#346660}
.skin{fill:#d59c72}.far-skin{fill:#b57d55}.top{fill:#ee8062}.far-top{fill:#c9634a}.fold{stroke:#a8452c}.legs{fill:#7ea6cc}
.far-legs{fill:#5d83a8}.hair{fill:#5a443b}.go{stroke:#8fe3d6}.go-fill{fill:#8fe3d6}.halo{stroke:#1f2a2c}.badge{fill:#8fe3d6}.digit{fill:#10302c}}
`.trim().replace(/\n/g, "");

const n = (value) => Number(value.toFixed(1));
const add = ([x, y], [dx, dy]) => [x + dx, y + dy];
const polar = (angle, length) => [Math.cos(angle) * length, Math.sin(angle) * length];
const rad = (degrees) => (degrees * Math.PI) / 180;
const mix = (a, b, t) => a + (b - a) * t;

/** The outline of two circles and all between them: one part of an arm or a leg. */
function capsule([x1, y1], r1, [x2, y2], r2, cls) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  const along = Math.atan2(y2 - y1, x2 - x1);
  const lean = Math.acos(Math.max(-1, Math.min(1, (r1 - r2) / length)));
  const p = (x, y, r, a) => add([x, y], polar(a, r)).map(n).join(" ");
  return (
    `<path class="${cls}" d="M${p(x1, y1, r1, along + lean)}A${r1} ${r1} 0 ${lean < Math.PI / 2 ? 1 : 0} 1 ` +
    `${p(x1, y1, r1, along - lean)}L${p(x2, y2, r2, along - lean)}A${r2} ${r2} 0 ${lean > Math.PI / 2 ? 1 : 0} 1 ` +
    `${p(x2, y2, r2, along + lean)}Z"/>`
  );
}

/** A body: a smooth line through points [x, y, radius], swept with its radius. */
function body(points, cls) {
  const at = (i) => points[Math.max(0, Math.min(points.length - 1, i))];
  const samples = [];
  for (let i = 0; i < points.length - 1; i++) {
    for (let s = 0; s < 8; s++) {
      const t = s / 8;
      samples.push(
        [0, 1, 2].map((k) => {
          const [a, b, c, d] = [at(i - 1)[k], at(i)[k], at(i + 1)[k], at(i + 2)[k]];
          return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t ** 3);
        }),
      );
    }
  }
  samples.push(points[points.length - 1]);
  const sides = [[], []];
  samples.forEach(([x, y, r], i) => {
    const [ax, ay] = samples[Math.max(0, i - 1)];
    const [bx, by] = samples[Math.min(samples.length - 1, i + 1)];
    const angle = Math.atan2(by - ay, bx - ax);
    sides[0].push(add([x, y], polar(angle - Math.PI / 2, r)));
    sides[1].unshift(add([x, y], polar(angle + Math.PI / 2, r)));
  });
  const first = points[0];
  const last = points[points.length - 1];
  const text = (list) => list.map((p) => p.map(n).join(" ")).join("L");
  return (
    `<path class="${cls}" d="M${text(sides[0])}A${last[2]} ${last[2]} 0 0 1 ${sides[1][0].map(n).join(" ")}` +
    `L${text(sides[1])}A${first[2]} ${first[2]} 0 0 1 ${sides[0][0].map(n).join(" ")}Z"/>`
  );
}

/** The joint between two bones of given lengths; side +1 or -1 says which way it bends. */
function joint([x1, y1], [x2, y2], l1, l2, side) {
  const d = Math.min(Math.hypot(x2 - x1, y2 - y1), l1 + l2 - 0.5);
  const turn = Math.acos(Math.max(-1, Math.min(1, (l1 * l1 + d * d - l2 * l2) / (2 * l1 * d))));
  return add([x1, y1], polar(Math.atan2(y2 - y1, x2 - x1) + side * turn, l1));
}

/** A head from the side: centre, turn in degrees (0 = looks right, crown up); flip -1 looks the other way. */
function head([x, y], turn, flip = 1) {
  return (
    `<g transform="translate(${n(x)} ${n(y)}) rotate(${turn}) scale(${flip} 1)">` +
    `<path class="skin" d="M-19 -4C-19 -18-9 -24 1 -24C13 -24 19 -16 19 -8L19.500 -4C21 0 24.500 3 24.500 5C24.500 7 22 7.500 20.500 7.500` +
    `C20.500 10 20.800 12 19.500 14C20 17 18 22 13 22.500C7 23 2 21 -2 18C-12 17-19 8-19 -4Z"/>` +
    `<path class="hair" d="M-21 0C-24 -18-11 -29 3 -28C14 -27.500 20 -21 20.500 -13C12 -10 6 -13 3 -16C2 -9-1 -5-4 -4C-6 2-7 8-6 14C-14 14-20 8-21 0Z"/>` +
    `<circle class="hair" cx="-7" cy="-31" r="8.500"/>` +
    `<ellipse class="skin" cx="-2" cy="1" rx="4" ry="5.500"/>` +
    `<path class="face" d="M9 -3q3 2.500 6 0M13 12.500q2.500 1.500 5 -.5" fill="none" stroke-width="1.800" stroke-linecap="round"/></g>`
  );
}

/** A foot flat on the ground or hanging: heel at the ankle, toes along the angle. */
function foot([x, y], degrees, cls, flip = 1) {
  return (
    `<g transform="translate(${n(x)} ${n(y)}) rotate(${degrees}) scale(1 ${flip})">` +
    `<path class="${cls}" d="M-9 -7C-12 2-12 9-6 10L27 10C34 10 35 4 30 1C22 -2 14 -4 9 -9Z"/></g>`
  );
}

const THIGH = 88;
const SHIN = 84;
const UPPER = 54;
const FORE = 50;

function leg(hip, ankle, side, far, toes, flip = 1) {
  const knee = joint(hip, ankle, THIGH, SHIN, side);
  const cloth = far ? "far-legs" : "legs";
  const skin = far ? "far-skin" : "skin";
  const cuff = [mix(knee[0], ankle[0], 0.84), mix(knee[1], ankle[1], 0.84)];
  return {
    knee,
    svg:
      foot(ankle, toes, skin, flip) +
      capsule(cuff, 8, ankle, 7.5, skin) +
      capsule(hip, 23, knee, 15, cloth) +
      capsule(knee, 15, cuff, 9.5, cloth),
  };
}

function arm(shoulder, hand, side, far) {
  const elbow = joint(shoulder, hand, UPPER, FORE, side);
  const skin = far ? "far-skin" : "skin";
  const sleeve = [mix(shoulder[0], elbow[0], 0.62), mix(shoulder[1], elbow[1], 0.62)];
  const over = Math.atan2(hand[1] - elbow[1], hand[0] - elbow[0]);
  const tips = add(hand, polar(over, 9));
  return (
    capsule(shoulder, 11, elbow, 8.5, skin) +
    capsule(elbow, 8.5, hand, 6.5, skin) +
    capsule(hand, 7.5, tips, 5.5, skin) +
    capsule(shoulder, 13.5, sleeve, 11.5, far ? "far-top" : "top fold") +
    `<circle class="${far ? "far-top" : "top"}" cx="${n(shoulder[0])}" cy="${n(shoulder[1])}" r="14.300"/>`
  );
}

function mat(y, x1 = 26, x2 = 454) {
  return (
    `<rect class="mat" x="${x1}" y="${y}" width="${x2 - x1}" height="11" rx="5.500"/>` +
    `<rect class="mat2" x="${x1 + 6}" y="${y + 7}" width="${x2 - x1 - 12}" height="4" rx="2"/>`
  );
}

/** An arrow along a quadratic curve. */
function arrow([x1, y1], [cx, cy], [x2, y2]) {
  const end = Math.atan2(y2 - cy, x2 - cx);
  const tip = [x2, y2];
  const wing = (turn) => add(tip, polar(end + Math.PI + turn, 15)).map(n).join(" ");
  const stop = add(tip, polar(end + Math.PI, 8));
  return (
    `<path class="halo" d="M${n(x1)} ${n(y1)}Q${n(cx)} ${n(cy)} ${stop.map(n).join(" ")}" fill="none" stroke-width="11" stroke-linecap="round"/>` +
    `<path class="go" d="M${n(x1)} ${n(y1)}Q${n(cx)} ${n(cy)} ${stop.map(n).join(" ")}" fill="none" stroke-width="5" stroke-linecap="round"/>` +
    `<path class="go-fill" d="M${tip.map(n).join(" ")}L${wing(0.55)}L${wing(-0.55)}Z"/>`
  );
}

const badge = (digit, y) =>
  `<circle class="badge" cx="28" cy="${y}" r="15"/>` +
  `<path class="digit" transform="translate(28 ${y})" d="${
    digit === 1
      ? "M-4.500 -4.500L1 -8.500H3.500V8.500H0V-4.200L-3 -2Z"
      : "M-5.500 8.500V6L1 -.5C2.500 -2 2.500 -5.500-.3 -5.500C-2 -5.500-2.600 -4.200-2.700 -2.800H-6C-6 -6.500-3.500 -8.500-.2 -8.500C6.500 -8.500 7 -1.500 3.500 1.700L-.6 5.500H6V8.500Z"
  }"/>`;

function picture(name, title, one, two, split = 220) {
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">` +
    `<title>${title}</title><style>${STYLE}</style><rect class="bg" width="${WIDTH}" height="${HEIGHT}" rx="18"/>` +
    `<path class="line" d="M24 ${split}H456" stroke-width="2" stroke-dasharray="2 8" stroke-linecap="round"/>` +
    `${one}${badge(1, 28)}<g transform="translate(0 ${split})">${two}${badge(2, 28)}</g></svg>\n`;
  writeFileSync(join(here, `${name}.svg`), svg);
}

// Lying on the back, head to the left. The floor is the top of the mat.
const FLOOR = 182;
const HIP = [262, FLOOR - 25];
const SHOULDER = [150, FLOOR - 24];
const HEAD = [96, FLOOR - 25];
const ANKLE = [352, FLOOR - 10];

const lyingHead = () => capsule([SHOULDER[0] - 8, SHOULDER[1] + 3], 11, [HEAD[0] + 12, HEAD[1] + 5], 10, "skin") + head(HEAD, -84);
const trunk = (middle = [206, FLOOR - 24, 22]) =>
  body([[SHOULDER[0] - 2, SHOULDER[1] + 1, 22], [180, FLOOR - 26, 25], middle, [HIP[0] - 20, HIP[1] + 1, 22]], "top");
const seat = () => body([[HIP[0] - 22, HIP[1] + 1, 22.5], [HIP[0], HIP[1], 24.5]], "legs");
const armDown = (far) => arm([SHOULDER[0] + 4, SHOULDER[1] + (far ? -2 : 6)], [250, FLOOR - 9], -0.9, far);

function lying(middle) {
  const far = leg([HIP[0], HIP[1] - 3], [ANKLE[0] + 9, ANKLE[1] - 3], -1, true, 0);
  const near = leg(HIP, ANKLE, -1, false, 0);
  return mat(FLOOR) + far.svg + lyingHead() + seat() + trunk(middle) + near.svg + armDown(false);
}

/** A leg drawn to the chest: where its knee and ankle are, and where the hand goes (behind the knee). */
const DRAWN = { knee: [211, 90], ankle: [285, 55] };

function drawnLeg(far, shift = [0, 0]) {
  const knee = add(DRAWN.knee, shift);
  const ankle = add(DRAWN.ankle, shift);
  const cuff = [mix(knee[0], ankle[0], 0.84), mix(knee[1], ankle[1], 0.84)];
  const cloth = far ? "far-legs" : "legs";
  const skin = far ? "far-skin" : "skin";
  return (
    foot(ankle, -62, skin) +
    capsule(cuff, 8, ankle, 7.5, skin) +
    capsule(HIP, 23, knee, 15.5, cloth) +
    capsule(knee, 15.5, cuff, 9.5, cloth)
  );
}

const heldHand = add(DRAWN.knee, [24, 8]);

function singleKnee() {
  const far = leg([HIP[0], HIP[1] - 3], ANKLE, -1, true, 0);
  return (
    mat(FLOOR) + far.svg + lyingHead() + seat() + trunk() + drawnLeg(false) +
    arm([SHOULDER[0] + 6, SHOULDER[1] - 2], heldHand, -0.35, false) +
    arrow([200, 52], [154, 56], [150, 116])
  );
}

function doubleKnee() {
  return (
    mat(FLOOR) + arm([SHOULDER[0] + 2, SHOULDER[1] - 8], add(heldHand, [6, -10]), -0.35, true) + drawnLeg(true, [9, -9]) +
    lyingHead() + seat() + trunk() + drawnLeg(false) +
    arm([SHOULDER[0] + 6, SHOULDER[1] - 2], heldHand, -0.35, false) +
    arrow([198, 52], [154, 56], [150, 116])
  );
}


/** Lying with the hand on the belly, so that the low back is seen: `middle` is the waist. */
function tilting(middle, hipTurn) {
  const hip = [HIP[0], HIP[1] - hipTurn];
  const far = leg([hip[0], hip[1] - 3], [ANKLE[0] + 9, ANKLE[1] - 3], -1, true, 0);
  const near = leg(hip, ANKLE, -1, false, 0);
  return (
    mat(FLOOR) + far.svg + lyingHead() +
    body([[SHOULDER[0] - 2, SHOULDER[1] + 1, 22], [178, FLOOR - 26, 25], middle, [hip[0] - 16, hip[1] + 1, 22]], "top") +
    body([[hip[0] - 20, hip[1] + 1, 22.5], [hip[0], hip[1], 24.5]], "legs") + near.svg +
    arm([SHOULDER[0] + 4, SHOULDER[1] - 8], [240, FLOOR - 50], 0.5, false)
  );
}

const backLine = (bend) =>
  `<path class="go" d="M186 ${FLOOR - 3}Q214 ${FLOOR - 3 - bend} 244 ${FLOOR - 3}" fill="none" stroke-width="4.500" stroke-linecap="round"/>`;

// Kneeling, seen from the right. Sits on the heels in both panels; only the trunk and the arms move.
const KNEEL = { hip: [150, FLOOR - 52], knee: [232, FLOOR - 17], ankle: [150, FLOOR - 11] };

function kneelingLeg(far) {
  const dx = far ? 9 : 0;
  const [hip, knee, ankle] = [KNEEL.hip, KNEEL.knee, KNEEL.ankle].map((p) => add(p, [dx, far ? -2 : 0]));
  const cloth = far ? "far-legs" : "legs";
  const cuff = [ankle[0] + 8, ankle[1]];
  return (
    foot(ankle, 180, far ? "far-skin" : "skin") + capsule(knee, 14, cuff, 10, far ? cloth : "far-legs") +
    capsule(hip, 25, knee, 16, cloth)
  );
}

const shrink = (svg) => `<g transform="translate(72 ${n(FLOOR * 0.23)}) scale(.77)">${svg}</g>`;

function kneelingStart() {
  const shoulder = [162, FLOOR - 146];
  return (
    mat(FLOOR) +
    shrink(
      kneelingLeg(true) + arm(add(shoulder, [6, 2]), [214, FLOOR - 40], 1, true) + kneelingLeg(false) +
      capsule(add(shoulder, [4, -4]), 11, [172, FLOOR - 176], 10, "skin") + head([176, FLOOR - 189], 4) +
      body([[150, FLOOR - 62, 24], [151, FLOOR - 92, 22], [156, FLOOR - 122, 25], [161, FLOOR - 143, 19]], "top") +
      body([[149, FLOOR - 50, 26], [150, FLOOR - 62, 24.5]], "legs") +
      arm(add(shoulder, [-2, 6]), [206, FLOOR - 42], 1, false),
    )
  );
}

function kneelingEnd() {
  const shoulder = [262, FLOOR - 34];
  return (
    mat(FLOOR) +
    shrink(
      arm(add(shoulder, [2, -3]), [376, FLOOR - 16], -0.12, true) + kneelingLeg(true) +
      capsule(add(shoulder, [2, 2]), 11, [284, FLOOR - 38], 10, "skin") + head([300, FLOOR - 34], 104) +
      kneelingLeg(false) +
      body([[150, FLOOR - 60, 25], [182, FLOOR - 78, 24], [220, FLOOR - 66, 25], [254, FLOOR - 38, 20]], "top") +
      body([[147, FLOOR - 50, 26], [156, FLOOR - 64, 25]], "legs") +
      arm(add(shoulder, [-6, 6]), [360, FLOOR - 9], 0.9, false),
    ) + arrow([290, 84], [350, 96], [380, 140])
  );
}

// Seen from above: head at the top, face up, arms out, both knees dropped to one side. `side` 1 = the picture's right.
function fromAbove(x, side) {
  const thigh = (hip, knee, ankle, far) => {
    const cuff = [mix(knee[0], ankle[0], 0.84), mix(knee[1], ankle[1], 0.84)];
    const cloth = far ? "far-legs" : "legs";
    const skin = far ? "far-skin" : "skin";
    return (
      foot(ankle, 62, skin) + capsule(cuff, 8, ankle, 7.5, skin) + capsule(hip, 23, knee, 15.5, cloth) +
      capsule(knee, 15.5, cuff, 9.5, cloth)
    );
  };
  const sleeve = (s) =>
    capsule([s * 40, 62], 11, [s * 76, 70], 9, "skin") + capsule([s * 76, 70], 9, [s * 108, 62], 7, "skin") +
    capsule([s * 108, 62], 7.5, [s * 116, 60], 6, "skin") + capsule([s * 34, 62], 14, [s * 62, 68], 12, "top");
  return (
    `<g transform="translate(${x} 36) scale(${0.72 * side} .72)">` +
    `<rect class="mat" x="-66" y="-42" width="132" height="304" rx="12"/>` + sleeve(-1) + sleeve(1) +
    thigh([8, 164], [84, 190], [24, 236], true) +
    `<path class="top" d="M-36 50C-20 44 20 44 36 50C48 54 46 74 38 92C32 108 32 124 34 150L-26 158C-28 128-30 108-36 92C-46 74-48 54-36 50Z"/>` +
    `<path class="legs" d="M-27 146C-10 140 14 140 34 144C44 156 40 184 18 190C-8 194-30 178-27 146Z"/>` +
    thigh([10, 160], [90, 174], [34, 222], false) +
    `<rect class="skin" x="-10" y="26" width="20" height="26" rx="8"/>` +
    `<circle class="hair" cx="0" cy="-29" r="9"/><ellipse class="hair" cx="0" cy="1" rx="24" ry="27"/>` +
    `<path class="skin" d="M-18 4C-18 -10-10 -16 0 -16C10 -16 18 -10 18 4C18 20 8 30 0 30C-8 30-18 20-18 4Z"/>` +
    `<path class="face" d="M-11 6q3 2.500 6 0M5 6q3 2.500 6 0M-4 20q4 2.500 8 0" fill="none" stroke-width="1.800" stroke-linecap="round"/></g>` +
    `<g transform="translate(${x} 36) scale(.72)">${arrow([side * 22, 132], [side * 70, 112], [side * 104, 146])}</g>`
  );
}

picture("single_knee_to_chest", "Single knee to chest", lying(), singleKnee());
picture("double_knee_to_chest", "Double knee to chest", lying(), doubleKnee());
picture(
  "pelvic_tilt", "Pelvic tilt", tilting([215, FLOOR - 41, 17], 0) + backLine(29),
  tilting([212, FLOOR - 25, 21.5], 5) + backLine(0) + arrow([206, 62], [206, 80], [206, 116]) + arrow([292, 160], [284, 112], [246, 132]),
);
picture("prayer_stretch", "Prayer stretch", kneelingStart(), kneelingEnd());
picture("lower_trunk_rotation", "Lower trunk rotation", lying(), fromAbove(138, 1) + fromAbove(348, -1), 200);
