/**
 * Every word that the widget itself says, by name. Another language is another object of the same shape in
 * `catalogues`; `{name}` is filled in by `say`. Phone numbers never stand here (they come from knowledge/help_lines.yml).
 */

const en = {
  title: "Back spasm assistant",
  subtitle: "General information, not a doctor",
  open: "Open the chat",
  openNew: "Open the chat, {count} new",
  close: "Close the chat",
  greeting: "Back spasm? Tell me what happened.",
  greetingHide: "Hide this greeting",
  menu: "Menu",
  log: "Conversation",
  you: "You:",
  bot: "Assistant:",
  welcome: "What happened to your back?",
  welcomeText:
    "Tell me in your own words, or pick a start. First I ask a few questions to see whether it needs care soon. Nobody reads along live, and I cannot call anyone for you.",
  starters: "Ways to start",
  starter1: "My back cramps after golf, what do I do?",
  starter2: "Ice or heat?",
  starter3: "When should I see a doctor?",
  write: "Write a message",
  send: "Send",
  typing: "Writing an answer",
  slow: "This takes longer than usual. If it is urgent, do not wait for me.",
  suggestions: "Suggested answers",
  waiting: "Waiting for a connection",
  failed: "This did not go through.",
  endedSend: "Not sent: the question it answered is gone.",
  retry: "Send again",
  retryNow: "Try now",
  offline: "You are offline. What you write waits here and is sent once you are back.",
  down: "The assistant cannot be reached. What you write waits here and is sent once it answers.",
  noAnswer: "No answer came back. You can send it again.",
  helpSigns:
    "Get emergency care now if you have new trouble peeing or holding your bowels, numbness around your bottom or between your legs, weak or numb legs, chest pain, or you cannot walk.",
  helpCall: "Emergency number: {line}.",
  helpOpen: "Emergency help",
  helpFoot: "Not for emergencies.",
  call: "Call {number}",
  tell: "Say this:",
  less: "Show less",
  more: "Show more",
  ticksHint: "Tick all that fit.",
  ticksSend: "Continue",
  ticksEmpty: "Tick at least one, or choose one of the buttons below.",
  scaleSend: "Send this number",
  scaleEmpty: "Choose a number first.",
  scaleName: "Pain from 0 to 10",
  scalePicked: "{n} out of 10",
  startPosition: "Picture: 1 is the start, 2 is the stretch.",
  steps: "Steps",
  doseHold: "Hold {seconds} seconds",
  doseTimes: "{n} times",
  doseTimesEach: "{n} times on each side",
  doseSets: "{n} sets",
  doseDay: "{n} sessions a day",
  timer: "Hold timer",
  start: "Start",
  pause: "Pause",
  goOn: "Go on",
  next: "Next",
  reset: "Start again",
  soundOn: "Sound: on",
  soundOff: "Sound: off",
  ready: "Get ready",
  hold: "Hold",
  holdLeft: "Hold, left side",
  holdRight: "Hold, right side",
  letGo: "Let go when you like",
  rest: "Relax",
  changeSide: "Change sides",
  setDone: "Set done, rest a little",
  finished: "All done. Well held.",
  roundOf: "Round {n} of {all}",
  setOf: "Set {n} of {all}",
  paused: "Paused",
  timeUp: "Time is up: {label}",
  timeUpShort: "Time is up",
  running: "{label}: started",
  download: "Download {name}",
  downloadFailed: "The file could not be fetched. Please try again.",
  helped: "Did this help?",
  helpedYes: "Yes, it helped",
  helpedNo: "No, it did not help",
  thanks: "Thank you.",
  thanksNo: "Thank you. You can write what was missing.",
  ratedFailed: "That could not be sent.",
  general: "General information",
  levelE1: "Emergency: call now",
  levelE2: "Emergency care now",
  levelS: "Be seen today",
  levelD: "See a doctor within days",
  levelR: "Routine appointment",
  levelH: "Care at home",
  startOver: "Start over",
  startOverText: "start over",
  myData: "My data",
  about: "About this chat",
  leave: "Leave this page fast",
  remove: "Delete this chat",
  goBack: "Back to the chat",
  dataText:
    "The chat is kept by the server for a limited time, so that it is still there on the next page. This browser keeps only a key to it, no words of yours.",
  dataGet: "Download my chat",
  removeText: "This deletes the chat and all that was noted from it. It cannot be undone.",
  removeYes: "Delete it",
  removed: "The chat was deleted.",
  removeFailed: "The chat could not be deleted. Please try again.",
  keep: "Keep it",
  aboutText:
    "A program answers here, from one article on back spasms and notes from other sources. It is not a doctor, it cannot examine you, and no clinician has reviewed it. For adults. Do not put off care because of what you read here.",
  leaveText: "Clears this chat's key from this device and leaves the page at once.",
  sessionEnded: "The earlier chat has ended after a time without use. This is a new one.",
};

export type Name = keyof typeof en;

const catalogues: Record<string, Partial<typeof en>> = { en };

let words: Partial<typeof en> = en;

/** Take the catalogue of a language (`en`, `en-GB`, …); English where there is none. */
export function useLanguage(tag: string): void {
  words = catalogues[tag.toLowerCase()] ?? catalogues[tag.slice(0, 2).toLowerCase()] ?? en;
}

/** The words of that name, with `{gaps}` filled. */
export function say(name: Name, gaps: Record<string, string | number> = {}): string {
  return (words[name] ?? en[name]).replace(/\{(\w+)\}/g, (all, gap: string) => String(gaps[gap] ?? all));
}
