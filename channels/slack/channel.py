"""The way of a Slack message: taken once, answered in order, in the right place.

The channel decides nothing about a back. What it does decide is where an answer is read: health talk in the direct
message, an emergency also where it was written.
"""

from __future__ import annotations

import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import sqlalchemy as sa

from channels.identity import conversation_id
from channels.slack import arrivals, blocks
from channels.slack.arrivals import PREFIX, Arrival, What
from channels.slack.lanes import Lanes
from channels.slack.sending import Refused, Unreachable
from channels.slack.voice import Messages, Place, Voice, remember
from reasoning import safety
from reasoning.knowledge import Knowledge
from reasoning.messages import BadMessage, Inbound
from serving import handing
from serving.addresses import Address
from serving.records import Records
from serving.watching import Watching

log = logging.getLogger(__name__)

CHANNEL = "slack"
URGENT = frozenset({"emergency", "crisis"})  # kinds that are also said where they were called for
SAFETY = "safety"  # as well, and it tells nothing of a person
REMEMBERED = 10_000  # deliveries, presses and conversations of which this process remembers the last ones
CLOSING_SECONDS = 3.0
# Slack's errors about a person to whom nothing can be written any more.
GONE = frozenset(
    {"channel_not_found", "user_not_found", "user_disabled", "is_archived", "is_inactive", "cannot_dm_bot"}
    | {"messages_tab_disabled", "not_in_channel", "account_inactive"}
)
# Words that are commands when they are the whole message; everything else is talk.
MEANS = {"export": "export_means", "my data": "export_means", "delete": "delete_means"}  # what they say in full
STOP_WORDS = frozenset({"stop"})
HELP_WORDS = frozenset({"help"})
# Slack's errors about the token or its scopes, which the person who runs the server can mend.
TOKEN_TROUBLE = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "missing_scope"}
)


class Talks(Protocol):
    """What this channel needs of serving.conversations.Conversations."""

    knowledge: Knowledge
    country: str

    async def handle(
        self, conversation: str, inbound: Inbound, channel: str = "terminal", country: str = ""
    ) -> Any: ...

    @property
    def records(self) -> Records: ...

    @property
    def watching(self) -> Watching: ...


@dataclass
class Slack:
    """The channel. `talks` exists once the server has started; without a database it keeps no once-only and no address.

    `secret` makes the conversation ids. `said`: how far the outbox has been read.
    """

    talks: Callable[[], Talks]
    voice: Voice
    secret: str = field(repr=False)
    lanes: Lanes = field(default_factory=Lanes)
    said: int = 0
    _taken: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _pressed: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _last: OrderedDict[str, float] = field(default_factory=OrderedDict)

    # --- in

    def admit(self, arrival: Arrival | None) -> bool:
        """Take what arrived, to be worked off later; False for what is not for us or was taken before."""
        if arrival is None:
            return False
        conversation = self.conversation_of(arrival.user)
        if arrival.key in self._taken or not self._claimed(arrival, conversation):
            return False
        self._enqueue(arrival, conversation)
        return True

    def resume(self) -> int:
        """Take up what was admitted before a restart and never answered; how many."""
        deliveries = self.talks().records.deliveries
        if deliveries is None:
            return 0
        try:
            left = [delivery for delivery in deliveries.take_up(PREFIX) if delivery.brought is not None]
        except sa.exc.SQLAlchemyError as error:
            log.error("not taken up: %s", type(error).__name__)
            return 0
        for delivery in left:
            self._enqueue(Arrival.from_dict(delivery.brought), delivery.conversation)
        return len(left)

    def take_unasked(self) -> None:
        """Take what the outbox has for people here, each once."""
        talks = self.talks()
        if talks.records.outbox is None or talks.records.addresses is None:
            return
        for conversation, unasked in talks.records.outbox.since(PREFIX, self.said):
            address = talks.records.addresses.get(conversation)
            if address is not None and address.channel == CHANNEL:
                self.admit(arrivals.of_outbox(unasked, **address.address))
            self.said = unasked.event

    async def close(self) -> None:
        """Let what is under way end, and give up the connections."""
        await self.lanes.close(CLOSING_SECONDS)
        await self.voice.web.close()

    def conversation_of(self, user: str) -> str:
        """`sl:…` of this person. One bot token is one workspace, whose methods know people by the user id alone."""
        return conversation_id(PREFIX.rstrip(":"), user, self.secret)

    def _claimed(self, arrival: Arrival, conversation: str) -> bool:
        deliveries = self.talks().records.deliveries
        if deliveries is None:
            return True
        try:
            return deliveries.claim(arrival.key, conversation, arrival.as_dict())
        except sa.exc.SQLAlchemyError as error:  # the person then gets the safety text, not silence
            log.error("claim failed: %s", type(error).__name__)
            return True

    def _finished(self, key: str) -> None:
        deliveries = self.talks().records.deliveries
        if deliveries is None:
            return
        try:
            deliveries.done(key)
        except sa.exc.SQLAlchemyError as error:
            log.error("done failed: %s", type(error).__name__)

    def _enqueue(self, arrival: Arrival, conversation: str) -> None:
        async def work() -> None:
            try:
                await self._take(arrival, conversation)
            except Unreachable:
                return  # stays unfinished: taken up at the next start
            except Refused as error:
                log.error("slack refused: %s", error)
                if arrival.what is What.SAID and str(error) in GONE:
                    self.talks().records.unreachable(conversation)
                elif str(error) in TOKEN_TROUBLE:
                    return  # as well: with a token that holds it can be said
            except Exception as error:
                log.error("answer failed: %s", type(error).__name__)
                await self._say_safety(arrival)
            self._finished(arrival.key)

        remember(self._taken, arrival.key, None, REMEMBERED)
        self.lanes.add(conversation, arrival.at, work)

    # --- one arrival

    async def _take(self, arrival: Arrival, conversation: str) -> None:
        if arrival.what is What.SAID:
            await self._say_unasked(arrival, conversation)
            return
        if not arrival.direct:
            await self._mentioned(arrival, conversation)
            return
        late = self._is_late(arrival, conversation)
        self._keep_address(arrival.user, arrival.channel, conversation)
        if arrival.what is What.PRESS:
            await self._press(arrival, conversation)
        elif arrival.what is What.EDIT or late:
            await self._watched(arrival, conversation)
        else:
            await self._text(arrival, conversation)

    async def _say_unasked(self, arrival: Arrival, conversation: str) -> None:
        """Tried for as long as it is of use, also after a restart; not to somebody who cannot be reached meanwhile."""
        addresses = self.talks().records.addresses
        if addresses is not None and addresses.get(conversation) is None:
            return
        while arrival.until > time.time():
            try:
                await self.voice.say(_place(arrival), conversation, [arrival.message])
                return
            except Unreachable as error:
                log.warning("slack: not said yet: %s", error)

    async def _text(self, arrival: Arrival, conversation: str) -> None:
        word = " ".join(arrival.text.lower().strip(" .!/").split())
        text = self._word(MEANS[word]) if word in MEANS else arrival.text
        if text or not arrival.files:
            await self._answer(arrival, conversation, Inbound(id=arrival.key, text=text))
        if word in STOP_WORDS:
            await self.voice.cancel_timers(arrival.channel)
        if word in HELP_WORDS:
            await self._notice(arrival, self._word("slack_help").format(**self._numbers()))
        await self._file_not_read(arrival)

    async def _watched(self, arrival: Arrival, conversation: str) -> None:
        """A changed or late text: as an answer it might meet a later question, so only the watch reads it."""
        seen = self.talks().watching.watch(arrival.text)
        if seen.message is not None or seen.signs:
            await self._answer(arrival, conversation, Inbound(id=arrival.key, text=arrival.text))
        else:
            await self._notice(arrival, self._word("slack_edited" if arrival.what is What.EDIT else "slack_late"))

    async def _mentioned(self, arrival: Arrival, conversation: str) -> None:
        """Called by name in a channel: answered in the direct message, an emergency in the channel's thread as well."""
        if arrival.files and not arrival.text:
            await self._file_not_read(arrival)
            return
        answer = await self.talks().handle(conversation, Inbound(id=arrival.key, text=arrival.text), channel=CHANNEL)
        messages = self._messages(answer)
        # What only the direct message knows stays there: the channel hears of what was written in the channel.
        kinds = {*URGENT, SAFETY} if answer.findings else {SAFETY}
        urgent = [message for message in messages if message.get("kind") in kinds]
        for message in urgent:
            await self.voice.post(_place(arrival), _without_choices(message))
        try:
            direct = await self._open(arrival.user)
        except Refused as error:
            log.warning("no direct message: %s", error)
            await self._notice(arrival, self._word("slack_write_directly"))
            await self._file_not_read(arrival)
            return
        self._keep_address(arrival.user, direct, conversation)
        await self._say(Place(direct), conversation, answer)
        if not urgent:
            await self._notice(arrival, self._word("slack_answered_directly"))
        await self._file_not_read(arrival)

    async def _answer(self, arrival: Arrival, conversation: str, inbound: Inbound) -> None:
        answer = await self.talks().handle(conversation, inbound, channel=CHANNEL)
        await self._say(_place(arrival), conversation, answer)

    async def _say(self, place: Place, conversation: str, answer: Any) -> None:
        """The answer, with its files; and what a deletion means here."""
        told = {"kept_for_slack": {"channel": place.channel}}
        parts = await handing.prepared(self.talks().records, conversation, self._messages(answer), told)
        if answer.deleted:
            await self.voice.cancel_timers(place.channel)
            self._last.pop(conversation, None)
        await self.voice.say(place, conversation, parts)
        if answer.deleted:
            await self.voice.notice(place, self._word("slack_keeps_copy"))
            self.voice.forget(conversation)

    def _messages(self, answer: Any) -> Messages:
        return tuple(answer.messages) or (self._safety(),)

    # --- presses

    async def _press(self, arrival: Arrival, conversation: str) -> None:
        press = arrival.press
        message = f"{arrival.channel}/{press.message}"
        if message in self._pressed:  # a second tap on the same message, before its buttons were gone
            return
        name = press.action.partition(":")[0]
        if name == blocks.DONE and not press.ticked:
            await self._notice(arrival, self._word("ticks_empty"))
            return
        remember(self._pressed, message, None, REMEMBERED)
        try:
            await self._do(name, arrival, conversation)
        except BadMessage:
            await self._notice(arrival, self._word("old_button"))
        await self.voice.put_away(_place(arrival), conversation, press)

    async def _do(self, name: str, arrival: Arrival, conversation: str) -> None:
        if name == blocks.TIMER:
            await self.voice.start_timer(_place(arrival), arrival.press.value)
        else:
            await self._answer(arrival, conversation, _inbound(name, arrival))

    # --- small things

    async def _file_not_read(self, arrival: Arrival) -> None:
        """What was sent with a message is not looked at, and nobody may think that it was."""
        if arrival.files:
            await self._notice(arrival, self._word("text_only").format(**self._numbers()))

    async def _notice(self, arrival: Arrival, text: str) -> None:
        await self.voice.notice(_place(arrival), text)

    async def _open(self, user: str) -> str:
        answer = await self.voice.web.call("conversations_open", users=user)
        return str(answer["channel"]["id"])

    async def _say_safety(self, arrival: Arrival) -> None:
        try:
            await self.voice.post(_place(arrival), self._safety())
        except Exception as error:
            log.error("safety text not sent: %s", type(error).__name__)

    def _safety(self) -> dict[str, Any]:
        return safety.failure(self.talks().knowledge, self.talks().country).as_dict()

    def _is_late(self, arrival: Arrival, conversation: str) -> bool:
        """Whether something that the person did later has been answered already."""
        last = self._last.get(conversation, 0.0)
        remember(self._last, conversation, max(last, arrival.at), REMEMBERED)
        return arrival.at < last

    def _keep_address(self, user: str, channel: str, conversation: str) -> None:
        addresses = self.talks().records.addresses
        if addresses is None:
            return
        address = Address(CHANNEL, {"user": user, "channel": channel})
        try:
            if addresses.get(conversation) != address:
                addresses.put(conversation, address)
        except sa.exc.SQLAlchemyError as error:
            log.error("address not kept: %s", type(error).__name__)

    def _numbers(self) -> dict[str, str]:
        return safety.numbers(self.talks().knowledge, self.talks().country)

    def _word(self, name: str) -> str:
        return self.talks().knowledge.wording[name]


def _place(arrival: Arrival) -> Place:
    return Place(arrival.channel, arrival.thread)


def _inbound(name: str, arrival: Arrival) -> Inbound:
    """The press as a message of the model; BadMessage for what it cannot be."""
    press = arrival.press
    if name == blocks.PRESS:
        return Inbound.parse({"id": arrival.key, "button": press.value})
    if name == blocks.ONLY:
        return Inbound.parse({"id": arrival.key, "ticks": [press.value]})
    if name == blocks.DONE:
        return Inbound.parse({"id": arrival.key, "ticks": list(press.ticked)})
    if name == blocks.SCALE and press.value.isascii() and press.value.isdigit():
        return Inbound.parse({"id": arrival.key, "scale": int(press.value[:3])})
    raise BadMessage("an element of ours")


def _without_choices(message: Mapping[str, Any]) -> dict[str, Any]:
    """For a channel, where others would press."""
    return {name: value for name, value in message.items() if name not in ("buttons", "ticks", "scale", "timer")}
