"""What a message means at this point of the talk: the intent that Rasa's rules act on.

The NLU says what a sentence asks by itself; "no", "the second" or "why?" mean something else in the middle of the
interview than after an answer, and a danger sign comes before all. The result is an intent of `domain.yml`, so the
rules in `data/` show what follows from it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reasoning import care, clock, diary, intake, interview, steering, triage
from reasoning.case import Case, Hold, Offer
from reasoning.knowledge import Knowledge
from reasoning.reading import MIN_SCORE, Reading
from reasoning.triage import Finding, Status

CONTROLS = {
    "ask_why": "interview_why",
    "tell_me_more": "interview_why",
    "go_back": "interview_back",
    "stop": "interview_stop",
    "change_answer": "interview_change",
}
TALK = frozenset(
    {"greet", "thank", "goodbye", "insult", "chitchat", "help", "out_of_scope", "other_language", "wrong_advice"}
)
MOST_BEFORE_SKIP = 4  # "can I just skip this one" says it among its first words
LIKELY = 3  # of the intents that a message may have, best first, those that are near enough
CLOSE = 0.8  # likeness of a question that hardly has other words than the entry's own phrases
LEANS_ON_AN_ANSWER = frozenset({"follow_up", "ask_why", "tell_me_more"})
COMMANDS = {  # of a session of stretches, by its state: what is looked for, in this order
    "mark": ("stop", "skip", "next"),
    "facts": ("stop",),
    "on": ("trouble", "ache", "stop", "pause", "skip", "next", "resume"),
    "paused": ("trouble", "ache", "stop", "skip", "resume", "next"),
    "check": ("trouble", "stop", "resume", "same"),
    "felt": ("trouble", "better", "same", "stop"),
}
STEERED = {"ache": "coach_check", "better": "coach_felt", "same": "coach_felt"}  # others: coach_ and their name
WHAT_IS_KEPT = "what_is_kept"
DATA_ACTS = frozenset({"about_my_data", "export_data", "delete_data", "doctor_sheet"})
DATA_BUTTONS = DATA_ACTS | {WHAT_IS_KEPT, "confirm_delete", "keep_data"}
ANSWERS = frozenset({"affirm", "deny", "not_sure", "pick_option"})
CARE_ACTS = frozenset({"remind_me", "start_timer", "feel_better", "feel_same", "feel_worse"})
FEELINGS = frozenset({"feel_better", "feel_same", "feel_worse"})
ASKING = frozenset(
    {"what", "why", "how", "when", "where", "which", "who", "does", "do", "can", "will", "should", "is", "if"}
)
MOST_WORDS_OF_A_NO = 3
SHORT_ANSWER = 8  # words
LEAVES = frozenset({"start_over", "stop", "delete_yes", "stop_reminders"})  # these need no list to be understood


def route(knowledge: Knowledge, before: Case, reading: Reading) -> tuple[str, Reading]:
    """The intent of this message in this case, and the reading with a pick resolved to what was picked."""
    case = intake.absorb(before, reading)
    reading = _typed_mark(before, _typed_skip(before, _typed_ticks(before, reading)))
    offer = _picked(knowledge, before, reading)
    if offer is not None:
        reading = replace(reading, pressed=offer.value, act=offer.intent, button=True)
    assessment = intake.assess(case)
    if assessment.level.emergency:
        if before.hold is None or _new_danger(before, reading):
            return "emergency", reading
        return _about_data(before, reading) or _in_emergency(before.hold, reading), reading
    if before.upgraded == "again" and not _about_data(before, reading) and reading.act not in LEAVES:
        return "begin_interview", replace(reading, ticked=None, pressed="", button=False)
    if reading.button or reading.act in ("old_button", "too_long"):
        return reading.act, reading
    asked = _about_data(before, reading) or _asked_by_itself(before, case, reading)
    if asked:
        return asked, reading
    if before.interview.state == "open":
        return _in_interview(knowledge, case, reading), reading
    if before.coaching.state != "none":
        return _in_coaching(knowledge, before, case, reading)
    return _at_ease(knowledge, case, reading), reading


def _about_data(before: Case, reading: Reading) -> str:
    """What a message wants of the person's data; "" when it wants nothing of them."""
    if reading.button:
        return reading.act if reading.act in DATA_BUTTONS else ""
    if before.confirm and not reading.findings and reading.act in ("affirm", "deny", "stop", "go_back"):
        return "confirm_delete" if reading.act == "affirm" else "keep_data"
    return reading.act if reading.act in DATA_ACTS else ""


def _typed_ticks(case: Case, reading: Reading) -> Reading:
    """The title of a tick, typed, is that tick: "none of these" on a channel without buttons."""
    typed = _folded(reading.text)
    found = tuple(offer.value for offer in case.offers if offer.intent == "tick" and _folded(offer.title) == typed)
    return replace(reading, ticked=found) if found and reading.ticked is None else reading


def _typed_skip(case: Case, reading: Reading) -> Reading:
    """ "Skip" typed at a question of the interview is about that question, and not an end of them all."""
    open_question = case.interview.state == "open" and case.hold is None and not reading.button
    if not open_question or reading.findings or "skip" not in steering.spoken(reading.text)[:MOST_BEFORE_SKIP]:
        return reading
    return replace(reading, act="answer_interview", pressed=interview.SKIP)


def _typed_mark(case: Case, reading: Reading) -> Reading:
    """A number typed where the pain scale is being asked is a mark on it."""
    asked = case.coaching.state in ("mark", "felt") and not case.asking_flag and not reading.button
    number = steering.mark(reading.text) if asked and reading.scale is None else None
    return reading if number is None else replace(reading, scale=number)


def _folded(text: str) -> str:
    return text.strip().strip(".!").casefold()


def _picked(knowledge: Knowledge, case: Case, reading: Reading) -> Offer | None:
    """What the text picks by its title or number: of the things just named, else of the buttons.

    Ticks of a list are read by the interview.
    """
    single = [offer for offer in case.offers if offer.intent != "tick"]
    typed = _folded(reading.text)
    by_title = next((offer for offer in single if _folded(offer.title) == typed), None)
    if by_title is not None:
        return by_title
    single = [offer for offer in single if offer.intent != WHAT_IS_KEPT]  # it stands beside what "the second" means
    if (case.interview.state == "open" and case.hold is None and not case.confirm) or reading.scale is not None:
        return None
    if _answers_care(case, reading) == "tell_pain":
        return None  # "2" is a mark on the scale, not the second button
    if len(reading.ordinals) == 1 and not reading.findings:
        return _nth(_listed(knowledge, case) or single, reading.ordinals[0])
    return None


def _nth(offers: list[Offer], number: int) -> Offer | None:
    index = number - 1 if number > 0 else len(offers) + number
    return offers[index] if 0 <= index < len(offers) else None


def _listed(knowledge: Knowledge, case: Case) -> list[Offer]:
    """The things that the last answer named one after the other ("five are described: ..."), as if buttons."""
    busy = case.hold is not None or case.asking or case.coaching.state != "none"
    if busy or case.said.turn != case.turn:
        return []
    said = [key.split("/") for key in case.said.entries]
    entries = [knowledge.topics[file].entry(entry) for file, entry in said if file in knowledge.topics]
    files = [knowledge.topics[name] for entry in entries for name in entry.lists]
    return [Offer(id="", title=file.title, intent=file.topic, value=file.id) for file in files]


def _new_danger(before: Case, reading: Reading) -> bool:
    """The message names an emergency sign that was not known before."""
    known = {finding.flag for finding in before.findings if finding.status in (Status.PRESENT, Status.UNSURE)}
    return any(
        finding.flag not in known and triage.level_of(finding).emergency
        for finding in reading.findings
        if finding.status in (Status.PRESENT, Status.UNSURE)
    )


def denied(findings: Iterable[Finding], flag: str) -> bool:
    """The findings deny this flag without doubt."""
    statuses = {finding.status for finding in findings if finding.flag == flag}
    return statuses == {Status.DENIED}


def _in_emergency(hold: Hold, reading: Reading) -> str:
    if reading.button and reading.act in ("recheck_right", "recheck_wrong", "recheck_denied", "choose_country"):
        return reading.act
    if reading.button and reading.act == "wrong_advice":
        return "wrong_advice"  # it is about an answer from before, and not about the sign
    if hold.checking:
        if denied(reading.findings, hold.flag) or (reading.act == "deny" and not reading.findings):
            return "recheck_denied"
        return "emergency"
    said_no = reading.act == "deny" and not reading.findings  # to "is that right?"
    if said_no or reading.act in ("change_answer", "start_over", "wrong_advice") or denied(reading.findings, hold.flag):
        return "recheck_wrong"
    if reading.act in ("thank", "goodbye", "affirm") and not set(reading.topics) - {"small_talk"}:
        return "recheck_right"
    return "emergency"


def _asked_by_itself(before: Case, case: Case, reading: Reading) -> str:
    """What answers a question beside the interview and the coach, or is told of itself; "" for everything else."""
    if before.asking_flag and reading.act in ("affirm", "deny", "not_sure") and not reading.findings:
        return "answer_flag"
    cared = _in_care(before, case, reading)
    if cared:
        return cared
    if reading.scale is not None:
        return "mark_pain"
    return _about_a_report(before, reading)


def _about_a_report(before: Case, reading: Reading) -> str:
    """A typed answer to "may I keep your next message?", or that message; "" for anything else."""
    if before.awaiting_report:
        takes_back = reading.act in ("deny", "stop") and len(reading.text.split()) <= MOST_WORDS_OF_A_NO
        return "decline_report" if takes_back else "keep_report" if reading.text.strip() else ""
    asked = before.report is not None and not before.report.words and before.interview.state != "open"
    if not asked or reading.findings or reading.topics:
        return ""
    return {"affirm": "await_report", "deny": "decline_report"}.get(reading.act, "")


def _in_care(before: Case, case: Case, reading: Reading) -> str:
    """What a message means for reminders, check-ins and the clock; "" when it means nothing there."""
    if reading.act == "stop_reminders":
        return "stop_reminders"
    # In a session of stretches "better", "stop" and a number mean the session.
    if before.interview.state == "open" or before.coaching.state != "none" or before.awaiting_report:
        return ""
    answer = _answers_care(before, reading)
    if answer:
        return answer
    known = [topic for topic in reading.topics if topic not in ("relief", "out_of_scope")]
    if reading.act in CARE_ACTS and not known:
        return _meant_by(before, reading)
    if reading.act == "stop" and (care.agreed(case) or case.care.timers):
        return "stop_reminders"
    began_known = before.onset is not None or before.interview.state == "done"
    return "tell_onset" if reading.onset_told and began_known and not known else ""


def _meant_by(before: Case, reading: Reading) -> str:
    """A question ("why is it worse at night?") tells of no change; nor is there one without an interview before."""
    if reading.act not in FEELINGS:
        return reading.act
    opening = reading.text.casefold().replace("\u2019", "'").replace("'", " ").split()[:1]
    if reading.text.rstrip().endswith("?") or ASKING.intersection(opening):
        return "follow_up" if before.said.file else "nlu_fallback"
    never_asked = before.interview.state == "none" and not before.diary
    return "begin_interview" if never_asked and reading.act == "feel_same" else reading.act


def _answers_care(before: Case, reading: Reading) -> str:
    """A bare word that answers what was asked last."""
    waiting = before.care.waiting
    if waiting == "consent" and not reading.findings and not reading.topics:
        return {"affirm": "agree_reminders", "deny": "decline_reminders"}.get(reading.act, "")
    if waiting == "pain" and reading.scale is not None:
        return "tell_pain"
    if waiting == "pain" and len(reading.text.split()) <= SHORT_ANSWER and diary.pain_in(reading.text) is not None:
        return "tell_pain"
    if waiting == "time" and len(reading.text.split()) <= SHORT_ANSWER and clock.time_in(reading.text) is not None:
        return "tell_time"
    return ""


def _in_interview(knowledge: Knowledge, case: Case, reading: Reading) -> str:
    if reading.ticked is not None or reading.ordinals or reading.findings:
        return "answer_interview"
    if reading.act in ANSWERS or reading.pressed == interview.SKIP:
        return "answer_interview"
    if reading.act in CONTROLS:
        return CONTROLS[reading.act]
    if reading.act == "start_over":
        return "start_over"
    if reading.act in ("relief", "start_stretches") or (in_emergency_part(case) and _only_remedies(knowledge, reading)):
        return "remedies_wait"
    if reading.topics and reading.topics[0] in knowledge.topics:
        return reading.topics[0]
    if reading.act in TALK:
        return reading.act
    return "answer_interview"


def in_emergency_part(case: Case) -> bool:
    """The interview is open and asks for emergency signs: remedies wait."""
    page = interview.page_of(case.interview.page)
    return case.interview.state == "open" and page is not None and page.emergency


def _only_remedies(knowledge: Knowledge, reading: Reading) -> bool:
    known = [topic for topic in reading.topics if topic in knowledge.topics]
    return bool(known) and all(knowledge.topics[topic].self_care for topic in known)


def _in_coaching(knowledge: Knowledge, before: Case, case: Case, reading: Reading) -> tuple[str, Reading]:
    """What a message means during a session of stretches; a sign that is told stops it."""
    state = before.coaching.state
    if _tells_of_trouble(before, reading):
        return "coach_trouble", reading
    if state == "facts" and _tells_user_facts(reading):
        return "coach_facts", reading
    found = steering.command(reading.text, COMMANDS[state])
    if found == "resume" and state == "on":
        found = "next"
    if found:
        intent = STEERED.get(found, f"coach_{found}")
        return ("coach_resume" if (state, found) == ("check", "same") else intent), replace(reading, pressed=found)
    if reading.act in ("report", "relief"):
        return "coach_check", reading
    meant = _meant_in_coaching(state, reading)
    return meant or _at_ease(knowledge, case, reading), reading


def _tells_of_trouble(before: Case, reading: Reading) -> bool:
    if before.coaching.state not in ("on", "paused", "check", "felt"):
        return False
    told = any(finding.status in (Status.PRESENT, Status.UNSURE) for finding in reading.findings)
    return told or "worse_with_stretch" in reading.user_facts


def _meant_in_coaching(state: str, reading: Reading) -> str:
    if reading.act == "stop":
        return "coach_stop"
    if reading.act in ("start_stretches", "go_back"):
        return "coach_resume"
    if state == "check" and reading.act == "affirm":
        return "coach_trouble"
    if state == "check" and reading.act == "deny":
        return "coach_resume"
    if reading.act == "affirm" and state in ("mark", "on", "paused"):
        return "coach_resume" if state == "paused" else "coach_next"
    return ""


def _at_ease(knowledge: Knowledge, case: Case, reading: Reading) -> str:
    if case.asking and _tells_user_facts(reading):
        return "take_user_facts"
    if reading.act == "start_stretches":
        return reading.act
    content = [topic for topic in reading.topics if topic in knowledge.topics]
    asks_for_help = content[:1] == ["relief"] and not _asks_a_fact_of(knowledge, "relief", case, reading)
    asks_for_help = asks_for_help or _told_as_out_of_scope(reading)
    if asks_for_help or reading.act == "report":
        again = case.interview.state == "done" and not case.care.ended
        return "show_plan" if again else "begin_interview"
    if content:
        return content[0]
    if reading.act in LEANS_ON_AN_ANSWER and not case.said.file:
        return "pick_option"
    if reading.act == "change_answer" and case.interview.asked:
        return "interview_change"
    if not reading.text.strip():
        return "nlu_fallback"
    return reading.act or "nlu_fallback"


def _told_as_out_of_scope(reading: Reading) -> bool:
    """Somebody whose back hurts asks for help in a sentence that is mostly about something else."""
    likely = set(reading.ranking[:LIKELY])
    return reading.act == "out_of_scope" and reading.back_trouble and not likely.isdisjoint(("relief", "report"))


def _asks_a_fact_of(knowledge: Knowledge, file: str, case: Case, reading: Reading) -> bool:
    """The message asks what an entry says ("what are the ten tips?") and is no call for help with a spasm.

    Somebody whose back hurts now is taken for curious only when the question is close to an entry that is not of the
    first answer.
    """
    best = next((match for match in reading.matches if match.file == file), None)
    if best is None or reading.matches[0].file != file:
        return False
    if knowledge.topics[file].entry(best.entry).lead:
        return best.score >= CLOSE and not case.back_trouble
    return best.score >= (CLOSE if case.back_trouble else MIN_SCORE)


def _tells_user_facts(reading: Reading) -> bool:
    if reading.ticked is not None or reading.ordinals or reading.act in ANSWERS:
        return True
    return bool(reading.user_facts or reading.denied_facts) and not reading.asks_in_general
