"""What every action does: read the case from its slot, let a flow of `reasoning` answer, write the case back."""

from __future__ import annotations

import secrets
from abc import abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from reasoning import knowledge
from reasoning.case import Case
from reasoning.flows.turn import Flow, Reply, Turn, close
from reasoning.messages import Message
from reasoning.reading import Reading
from reasoning.safety import failure

CASE_SLOT = "case"
ID_BYTES = 8


class FlowAction(Action):
    """An action that answers a turn by a flow of `reasoning`: a `flow`, or one made with the domain's responses."""

    flow: Flow

    # Without an abstract method Rasa would register this class too and fail at start.
    @abstractmethod
    def name(self) -> str:
        """The action's name in the domain."""

    def flow_with(self, domain: dict[str, Any]) -> Flow:
        """The flow; `domain` holds the responses of `data/`."""
        return self.flow

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Any]:
        """Say what the flow says. A message that no screen has read is answered by the safety text alone."""
        turn = turn_of(tracker)
        if not turn.reading.screened:
            speak(dispatcher, failure(turn.knowledge, turn.before.country))
            return []
        reply = close(turn, self.flow_with(domain)(turn))
        return say(dispatcher, reply)


def turn_of(tracker: Tracker) -> Turn:
    """The turn as the way of a message handed it over: the reading in the metadata, the case in its slot."""
    latest = tracker.latest_message or {}
    metadata = latest.get("metadata") or {}
    reading = Reading.from_dict(metadata.get("reading"))
    intent = (latest.get("intent") or {}).get("name") or ""
    case = Case.from_dict(tracker.get_slot(CASE_SLOT))
    if not case.country:  # what the site or the page has set; a person's own choice wins
        case = case.with_(country=str(metadata.get("country") or ""))
    return Turn.open(knowledge.shared(), case, reading, intent)


def say(dispatcher: CollectingDispatcher, reply: Reply) -> list[Any]:
    """Hand the messages over and keep the case."""
    for message in reply.messages:
        speak(dispatcher, message)
    return [SlotSet(CASE_SLOT, reply.case.as_dict())]


def speak(dispatcher: CollectingDispatcher, message: Message) -> None:
    """One message: its text and buttons in Rasa's own fields, all of it, with an id, as `custom` for our channels."""
    buttons = [{"title": button.title, "payload": button.id} for button in message.buttons]
    custom = {"id": message_id(), **message.as_dict()}
    dispatcher.utter_message(text=message.text, buttons=buttons, json_message=custom)


def message_id() -> str:
    """A new id for a message of the bot: the answer, the history and feedback name it by this."""
    return f"m-{secrets.token_hex(ID_BYTES)}"
