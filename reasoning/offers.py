"""Buttons and ticks: what they stand for is kept in the case, what leaves is an opaque id for this state only."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reasoning.case import Case, Offer
from reasoning.knowledge import Knowledge
from reasoning.messages import Choice, Kind, Message, Ticks

ID_BYTES = 6  # 48 random bits; with the turn in front well under Telegram's 64 bytes
_SEPARATOR = "\x1f"
# What was asked unasked-for, or once only, may be answered after other talk: these buttons hold until one of the same
# question is pressed.
_QUESTIONS = (
    ("agree_reminders", "decline_reminders"),
    ("feel_better", "feel_same", "feel_worse", "feel_gone"),
    ("again_later",),
    ("did_stretches",),
    ("stop_reminders",),
)
LASTING = {intent: question for question in _QUESTIONS for intent in question}
MAX_LASTING = 16
WRONG = "wrong_advice"
ABOUT_LEVELS = "when_to_see_doctor"  # the topic of a message that says how soon to be seen
NONE = "none"  # the tick that says that nothing of a list is true


def choice(title: str, intent: str, value: str = "") -> Choice:
    """A choice before it is minted: its id still says what it stands for."""
    return Choice(id=f"{intent}{_SEPARATOR}{value}", title=title)


def facts_question(knowledge: Knowledge, slugs: Sequence[str], asks: str) -> Message:
    """A tick-list of user facts; `asks` is its question."""
    word = knowledge.wording
    labels = [knowledge.user_facts[slug].label for slug in slugs]
    lines = [word["item_line"].format(number=n, title=label) for n, label in enumerate(labels, start=1)]
    ticks = Ticks(
        items=tuple(choice(label, "tick", slug) for slug, label in zip(slugs, labels, strict=True)),
        none=choice(word["none_of_these"], "tick", NONE),
    )
    return Message("\n".join([asks, *lines, word["how_to_answer"]]), Kind.QUESTION, short=asks, ticks=ticks)


def with_report(knowledge: Knowledge, messages: Sequence[Message]) -> list[Message]:
    """Every answer, and every level, with a way to call it wrong."""
    title = knowledge.wording["this_is_wrong"]
    return [
        replace(message, wrong=choice(title, WRONG)) if message.entries or message.kind is Kind.LEVEL else message
        for message in messages
    ]


def reported(messages: Iterable[Mapping[str, Any]], button: str) -> Offer | None:
    """What this button calls wrong among the messages of a conversation (JSON data); None when it is of none of them.

    The offer's value names the file of the answer, then its entries.
    """
    for said in messages:
        if said.get("wrong", {}).get("id") == button:
            entries = said.get("entries") or [f"level/{said.get('level')}"]
            file = next(iter(said.get("topics", ())), ABOUT_LEVELS)
            return Offer(id=button, title=said["wrong"]["title"], intent=WRONG, value=" ".join((file, *entries)))
    return None


def lasting(case: Case, pressed: str) -> tuple[Offer, ...]:
    """The newest offers of this state that the next one still accepts; `pressed`: the intent of the message between."""
    answered = LASTING.get(pressed, ())
    found = [offer for offer in case.offers if offer.intent in LASTING and offer.intent not in answered]
    return tuple(found[:MAX_LASTING])


def mint(case: Case, messages: Sequence[Message], kept: Sequence[Offer] = ()) -> tuple[Case, tuple[Message, ...]]:
    """Give every choice an opaque id, and let the case accept these ids and no earlier ones but those of `kept`."""
    offers: list[Offer] = []

    def new_id() -> str:
        return f"b{case.turn}-{secrets.token_hex(ID_BYTES)}"

    def minted(given: Choice) -> Choice:
        intent, _, value = given.id.partition(_SEPARATOR)
        offer = Offer(id=new_id(), title=given.title, intent=intent, value=value)
        offers.append(offer)
        return Choice(id=offer.id, title=offer.title)

    done = []
    for message in messages:
        if not (message.ticks or message.buttons or message.wrong):
            done.append(message)
            continue
        ticks = message.ticks
        if ticks is not None:
            ticks = Ticks(
                items=tuple(map(minted, ticks.items)),
                none=minted(ticks.none),
                not_sure=minted(ticks.not_sure) if ticks.not_sure else None,
            )
        # It is no offer of this state: `reported` finds it among what was said.
        wrong = Choice(new_id(), message.wrong.title) if message.wrong else None
        done.append(replace(message, ticks=ticks, buttons=tuple(map(minted, message.buttons)), wrong=wrong))
    return case.with_(offers=(*offers, *kept)), tuple(done)


def find(case: Case, offer_id: str) -> Offer | None:
    """The offer of that id, if this state accepts it."""
    return next((offer for offer in case.offers if offer.id == offer_id), None)
