"""Small talk and what was not understood: the words are the flow's own (`data/`), the next steps are added here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reasoning import safety
from reasoning.flows import interviewing
from reasoning.flows.turn import Flow, Reply, Turn
from reasoning.messages import Choice, Kind, Message
from reasoning.offers import choice

MENU = ("relief", "heat_ice_rest", "stretches", "when_to_see_doctor")
MAX_READINGS = 3
MISSES_UNTIL_MENU = 2

Responses = Mapping[str, Sequence[Mapping[str, object]]]


def talk(responses: Responses) -> Flow:
    """The flow that says `utter_<intent>`; variants take turns, so that the same is not said twice in a row."""

    def flow(turn: Turn) -> Reply:
        variants = responses.get(f"utter_{turn.intent}") or responses["utter_small_word"]
        text = str(variants[turn.case.turn % len(variants)]["text"])
        return _with_next_steps(turn, text)

    return flow


def not_understood(responses: Responses) -> Flow:
    """The first time a plea for other words, the second time likely readings as buttons and a way out."""

    def flow(turn: Turn) -> Reply:
        case = turn.case.with_(misses=turn.case.misses + 1)
        again = case.misses >= MISSES_UNTIL_MENU
        key = "utter_not_understood_again" if again else "utter_not_understood"
        if not turn.reading.text.strip():
            key = "utter_empty"
        text = str(responses[key][0]["text"])
        if turn.case.interview.state == "open":
            return _with_next_steps(turn.with_case(case), text)
        buttons = (*_readings(turn), *_menu(turn)) if again else _menu(turn)
        safety_net = turn.word("safety_net")
        unique = tuple({button.title: button for button in buttons}.values())[:4]
        return Reply.of(case, Message(f"{text} {safety_net}" if again else text, Kind.TALK, buttons=unique))

    return flow


def other_language(turn: Turn) -> Reply:
    """A language that is not read gets the emergency number in the commonest ones."""
    numbers = " / ".join(safety.dial(turn.knowledge, turn.case.country))
    return Reply.of(turn.case, Message(turn.word("no_other_language", emergency=numbers), Kind.SAFETY))


def old_button(turn: Turn) -> Reply:
    """A button of an earlier state: where we are now, with the choices that hold."""
    return _with_next_steps(turn, turn.word("old_button"))


def too_long(turn: Turn) -> Reply:
    """A text longer than is read: the watch has read it and sees no emergency; that is said, with the safety text."""
    told = Message(turn.word("too_long"), Kind.TALK)
    safety_text = safety.failure(turn.knowledge, turn.case.country)
    if turn.case.interview.state == "open":
        waiting = interviewing.go_on(turn)
        return Reply(waiting.case, (told, safety_text, *waiting.messages))
    return Reply.of(turn.case, told, safety_text)


def _with_next_steps(turn: Turn, text: str) -> Reply:
    if turn.case.interview.state == "open":
        waiting = interviewing.go_on(turn)
        return Reply(waiting.case, (Message(text, Kind.TALK), *waiting.messages))
    return Reply.of(turn.case, Message(text, Kind.TALK, buttons=_menu(turn)))


def _menu(turn: Turn) -> tuple[Choice, ...]:
    return tuple(_topic_choice(turn, name) for name in MENU)


def _topic_choice(turn: Turn, name: str) -> Choice:
    topic = turn.knowledge.topics[name]
    return choice(topic.title, "begin_interview" if name == "relief" else topic.topic, name)


def _readings(turn: Turn) -> tuple[Choice, ...]:
    names = [name for name in turn.reading.ranking if name in turn.knowledge.topics]
    return tuple(_topic_choice(turn, name) for name in names[:MAX_READINGS])
