"""One turn: what was known, what was read, what is answered."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from reasoning import clock, coach, intake, interview, keeping, offers, reviews, routing
from reasoning.case import Case
from reasoning.knowledge import Knowledge
from reasoning.messages import Kind, Message
from reasoning.offers import choice
from reasoning.person import is_minor
from reasoning.reading import Reading
from reasoning.safety import same_day, within_days
from reasoning.triage import Assessment, Level

NOT_UNDERSTOOD = frozenset({"nlu_fallback", "nonsense"})
_URGENT = frozenset({Kind.EMERGENCY, Kind.CRISIS, Kind.SAFETY})
_SPEAKS_OF_LEVEL = frozenset({Kind.EMERGENCY, Kind.CRISIS, Kind.LEVEL, Kind.SAFETY})


@dataclass(frozen=True)
class Turn:
    """A message in its case. `case` has absorbed the reading; `before` has not."""

    knowledge: Knowledge
    before: Case
    case: Case
    reading: Reading
    assessment: Assessment
    intent: str = ""

    @classmethod
    def open(cls, knowledge: Knowledge, before: Case, reading: Reading, intent: str = "") -> Turn:
        """The turn of a message; counts it."""
        # What was being asked of the person lapses with this turn, answered or not; `before` still has it.
        case = intake.absorb(before, reading).with_(
            turn=before.turn + 1, asking="", asking_flag="", confirm="", wish="", report=None, awaiting_report=None
        )
        if case.care.waiting:
            case = case.with_(care=replace(case.care, waiting=""))
        return cls(knowledge, before, case, reading, intake.assess(case), intent)

    def with_case(self, case: Case) -> Turn:
        """The same turn with another case, judged anew."""
        return replace(self, case=case, assessment=intake.assess(case))

    @property
    def now(self) -> datetime.datetime:
        """When the message came."""
        return clock.moment(self.case.now) or clock.SystemClock().now()

    def word(self, key: str, **values: object) -> str:
        """A sentence of wording.yml."""
        return self.knowledge.wording[key].format(**values)


@dataclass(frozen=True)
class Reply:
    """The case after the turn, and the messages in the order of saying."""

    case: Case
    messages: tuple[Message, ...]

    @classmethod
    def of(cls, case: Case, *messages: Message) -> Reply:
        """A reply of these messages."""
        return cls(case, messages)


Flow = Callable[[Turn], Reply]


def close(turn: Turn, reply: Reply) -> Reply:
    """What every reply gets: the level first when it is news, the introduction once, ids for its choices."""
    messages = list(reply.messages)
    case = reply.case if turn.intent in NOT_UNDERSTOOD else reply.case.with_(misses=0)
    assessment = intake.assess(case)
    speaks = any(message.kind in _SPEAKS_OF_LEVEL for message in messages)
    if not speaks and assessment.level in (Level.S, Level.D) and case.level_told != assessment.level:
        messages[:0] = level_first(turn, case, assessment)
    told = [message.level for message in messages if message.kind is Kind.LEVEL and message.level]
    case = coach.settled(case.with_(level_told=told[-1] if told else case.level_told), assessment.level)
    messages += _back_to_stretches(turn, case, messages)
    if not (case.introduced or case.hold or any(m.kind in _URGENT for m in messages)):
        place = _after_first_answer(messages)
        messages[place:place] = _introduction(turn)
        case = case.with_(introduced=True)
    if case.upgraded and not assessment.level.emergency:
        messages.insert(0, Message(turn.word(f"upgraded_{case.upgraded}"), Kind.NOTICE))
    case = case.with_(asked_with=interview.stamp(), upgraded="")
    kept = offers.lasting(turn.before, turn.intent)
    case, minted = offers.mint(case, offers.with_report(turn.knowledge, messages), kept)
    return Reply(case, minted)


def _introduction(turn: Turn) -> tuple[Message, Message]:
    """What the bot is; what is kept, how long and who else sees it, with a way to more of that."""
    limits = keeping.limits()
    kept = turn.word("first_kept", hours=limits.words_hours, days=limits.answers_days)
    more = choice(turn.word("what_is_kept"), routing.WHAT_IS_KEPT)
    name = "first_contact_signed_off" if reviews.is_signed_off() else "first_contact"
    return Message(turn.word(name), Kind.NOTICE), Message(kept, Kind.NOTICE, buttons=(more,))


def _back_to_stretches(turn: Turn, case: Case, messages: Sequence[Message]) -> list[Message]:
    """A session of stretches goes on after an interruption was answered."""
    if messages[-1].kind in (Kind.COACH, Kind.QUESTION):
        return []
    waiting = coach.waiting(turn.knowledge, case)
    return [waiting] if waiting else []


def level_first(turn: Turn, case: Case, assessment: Assessment) -> list[Message]:
    """What is known is said at once: level S or D with its reason, and who it is for when the person is a minor."""
    if assessment.level is Level.S:
        return [same_day(turn.knowledge, case, assessment)]
    messages = [within_days(turn.knowledge, assessment)]
    if is_minor(case):
        messages.append(Message(turn.word("under_18"), Kind.NOTICE))
    return messages


def _after_first_answer(messages: Sequence[Message]) -> int:
    """Where the introduction goes: after the first answer, but before a question, which has to stand last."""
    first_question = next((i for i, m in enumerate(messages) if m.kind is Kind.QUESTION), len(messages))
    return first_question if first_question > 0 else len(messages)
