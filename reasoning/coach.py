"""A session of stretches: which of them this person may do, where the session stands, and its messages.

One step is one set of one stretch. What is told of a stretch are the entries of its file, with this person's
cautions; steps, holds and repetitions are its card. At levels S and D there is no session: the plan has no stretches
there either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from reasoning.answers import Part, caution_lines, compose
from reasoning.case import Case, Coaching
from reasoning.knowledge import Caution, Knowledge, Topic
from reasoning.messages import Choice, Kind, Message, Scale
from reasoning.offers import choice, facts_question
from reasoning.person import facts_of, facts_that_matter, is_minor, verdict
from reasoning.steering import course
from reasoning.triage import Level

WORSE = "worse_with_stretch"  # the user fact that rules the stretches out
DOSE = "dose"  # the entry of every stretch that is said again with each set
WHOLE = "stretches"  # the file that lists all stretches
MAX_FACTS = 8
STRETCHING = frozenset({Level.R, Level.H, Level.NONE})


def may_lead(case: Case, level: Level) -> bool:
    """A session is possible: the interview is through, the patient is an adult, and the plan would have stretches."""
    return case.interview.state == "done" and case.hold is None and level in STRETCHING and not is_minor(case, level)


def settled(case: Case, level: Level) -> Case:
    """The case as it may be left: no session goes on where none may be led."""
    return case if case.coaching.state == "none" or may_lead(case, level) else case.with_(coaching=Coaching())


def wanted(files: Iterable[str]) -> tuple[str, ...]:
    """The stretches that were named, in the order of the session; all when none was."""
    named = set(files)
    return tuple(name for name in course().order if name in named) or course().order


def remedies(knowledge: Knowledge, stretches: Iterable[str]) -> tuple[str, ...]:
    """The remedies of these stretches."""
    return tuple(remedy for name in stretches for remedy in knowledge.topics[name].remedies)


def withheld(knowledge: Knowledge, case: Case, level: Level, name: str) -> tuple[Caution, ...]:
    """The cautions for which this person must not do the stretch unasked; none: it may be done."""
    found = verdict(knowledge, knowledge.topics[name].remedies, facts_of(case, level), case.weeks)
    return tuple(caution for caution in found.cautions if caution.effect in ("avoid", "ask_first"))


def start_buttons(knowledge: Knowledge, case: Case, level: Level, file: Topic) -> list[Choice]:
    """The way into a session from an answer on stretches; pressed before the interview, it leads to that first."""
    if file.topic != WHOLE or level not in STRETCHING or is_minor(case, level):
        return []
    names = (file.id,) if file.part_of else course().order
    if all(withheld(knowledge, case, level, name) for name in names):
        return []
    title = knowledge.wording["coach_start_one" if file.part_of else "coach_start"]
    return [choice(title, "start_stretches", file.id)]


def facts_to_ask(knowledge: Knowledge, case: Case) -> tuple[str, ...]:
    """What is not known of the person yet and would change one of the stretches of the session."""
    found = facts_that_matter(knowledge, remedies(knowledge, case.coaching.stretches), case)
    return tuple(fact for fact in found if fact != WORSE)[:MAX_FACTS]


def ask_facts(knowledge: Knowledge, case: Case) -> Message:
    """The list of these."""
    return facts_question(knowledge, facts_to_ask(knowledge, case), knowledge.wording["coach_facts"])


def sets_of(topic: Topic) -> int:
    """Sets of a stretch; one where the article gives no number."""
    return (topic.dose.sets if topic.dose else None) or 1


def at(knowledge: Knowledge, session: Coaching) -> Topic:
    """The stretch that the session is at."""
    return knowledge.topics[session.stretches[min(session.at, len(session.stretches) - 1)]]


def advance(knowledge: Knowledge, case: Case, level: Level, *, whole: bool = False) -> Case:
    """The next set, or with `whole` (skipped) the next stretch; `felt` after the last one."""
    session = case.coaching
    if not whole and session.set < sets_of(at(knowledge, session)):
        return allowed_on(knowledge, case.with_(coaching=replace(session, set=session.set + 1, state="on")), level)
    return allowed_on(knowledge, case.with_(coaching=replace(session, at=session.at + 1, set=1, state="on")), level)


def allowed_on(knowledge: Knowledge, case: Case, level: Level) -> Case:
    """The case at the next step that this person may do: what was told meanwhile can rule a stretch out."""
    session = case.coaching
    while session.at < len(session.stretches) and withheld(knowledge, case, level, session.stretches[session.at]):
        session = replace(session, at=session.at + 1, set=1)
    if session.at >= len(session.stretches):
        session = replace(session, state="felt")
    return case.with_(coaching=session)


def step(knowledge: Knowledge, case: Case, level: Level) -> Message:
    """The present set: what to do, as text and as a card with picture and timer."""
    session, topic = case.coaching, at(knowledge, case.coaching)
    first = session.set == 1
    entries = topic.lead if first else (topic.entry(DOSE),)
    message = compose(
        knowledge,
        [Part(topic, entry) for entry in entries],
        case,
        level,
        kind=Kind.COACH,
        opening=_step_lead(knowledge, session, topic),
        with_notes=False,
        with_safety_net=False,
    )
    card = replace(message.card, sets=None, sessions_a_day=None) if message.card else None
    return replace(message, card=card, buttons=controls(knowledge))


def _step_lead(knowledge: Knowledge, session: Coaching, topic: Topic) -> str:
    word = knowledge.wording
    number, total, sets = session.at + 1, len(session.stretches), sets_of(topic)
    key = "coach_step" if sets > 1 else "coach_step_one_set"
    lines = [word[key].format(number=number, total=total, set=session.set, sets=sets)]
    if session.set > 1:
        lines.insert(0, word["coach_rest"])
    if topic.dose and topic.dose.sides == "each":
        lines.append(word["coach_sides"])
    return " ".join(lines)


def controls(knowledge: Knowledge) -> tuple[Choice, ...]:
    """What can be done during a step."""
    word = knowledge.wording
    return (
        choice(word["coach_next"], "coach_next"),
        choice(word["coach_pause"], "coach_pause"),
        choice(word["coach_skip"], "coach_skip"),
        choice(word["coach_hurts"], "coach_check"),
        choice(word["coach_stop"], "coach_stop"),
    )


def overview(knowledge: Knowledge, case: Case, level: Level, names: Iterable[str]) -> str:
    """How the session goes, and which of the stretches asked for are left out and why."""
    word, count = knowledge.wording, len(case.coaching.stretches)
    lines = [word["coach_overview" if count > 1 else "coach_overview_one"].format(count=count)]
    return "\n".join([*lines, *left_out(knowledge, case, level, names)])


def left_out(knowledge: Knowledge, case: Case, level: Level, names: Iterable[str]) -> list[str]:
    """The lines that say what this person must not do unasked; none when there is nothing."""
    out = {name: found for name in names if (found := withheld(knowledge, case, level, name))}
    if not out:
        return []
    titles = ", ".join(knowledge.topics[name].title for name in out)
    cautions = {caution.id: caution for found in out.values() for caution in found}
    parts = [Part(knowledge.topics[name], knowledge.topics[name].entry(DOSE)) for name in out]
    lines = caution_lines(knowledge, [*cautions.values()], parts)
    return [knowledge.wording["coach_left_out"].format(titles=titles), *lines]


def scale(knowledge: Knowledge, asks: str, buttons: tuple[Choice, ...]) -> Message:
    """A question that is answered on the pain scale; `asks` has gaps for the words of its ends."""
    ends = Scale(low=knowledge.wording["mark_low"], high=knowledge.wording["mark_high"])
    text = asks.format(low=ends.low, high=ends.high)
    return Message(text, Kind.QUESTION, scale=ends, buttons=buttons)


def ask_before(knowledge: Knowledge) -> Message:
    """How bad the pain is before the session."""
    word = knowledge.wording
    buttons = (choice(word["skip"], "coach_next"), choice(word["coach_stop"], "coach_stop"))
    return scale(knowledge, word["coach_mark"], buttons)


def ask_after(knowledge: Knowledge, *, stopped: bool = False) -> Message:
    """How it felt, after the last stretch or where the person stopped."""
    word = knowledge.wording
    buttons = (
        choice(word["coach_better"], "coach_felt", "better"),
        choice(word["coach_same"], "coach_felt", "same"),
        choice(word["coach_worse"], "coach_felt", "worse"),
    )
    return scale(knowledge, word["coach_stopped" if stopped else "coach_felt"], buttons)


def check(knowledge: Knowledge) -> Message:
    """What the person feels, when pain was spoken of."""
    word = knowledge.wording
    buttons = (
        choice(word["coach_more_pain"], "coach_trouble"),
        choice(word["coach_leg"], "coach_trouble", "leg"),
        choice(word["coach_usual"], "coach_resume"),
        choice(word["coach_stop"], "coach_stop"),
    )
    return Message(word["coach_check"], Kind.QUESTION, buttons=buttons)


def waiting(knowledge: Knowledge, case: Case) -> Message | None:
    """Where the session stands, to be said after an interruption; None when none is on."""
    session, word = case.coaching, knowledge.wording
    if session.state == "none":
        return None
    if session.state == "facts":
        return ask_facts(knowledge, case)
    if session.state == "mark":
        return ask_before(knowledge)
    if session.state == "felt":
        return ask_after(knowledge)
    if session.state == "check":
        return check(knowledge)
    text = word["coach_back"].format(title=at(knowledge, session).title)
    if session.state == "paused":
        return Message(f"{text} {word['coach_paused']}", Kind.COACH, buttons=paused(knowledge))
    return Message(f"{text} {word['coach_say_next']}", Kind.COACH, buttons=controls(knowledge))


def paused(knowledge: Knowledge) -> tuple[Choice, ...]:
    """What can be done in a pause."""
    word = knowledge.wording
    return (choice(word["coach_resume"], "coach_resume"), choice(word["coach_stop"], "coach_stop"))
