"""What the bot says in Slack: posts in order, the buttons of the last ones out of use, timers that Slack keeps."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.slack import blocks
from channels.slack.arrivals import Press
from channels.slack.blocks import Post
from channels.slack.mrkdwn import escape, unescape
from channels.slack.pictures import Pictures
from channels.slack.sending import Refused, Web
from reasoning.messages import ENDS_TIMERS, BadMessage
from serving.handing import Handed

log = logging.getLogger(__name__)

REMEMBERED = 10_000  # conversations whose buttons this process can put out of use
BLOCKS_REFUSED = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "invalid_attachments"})
END = "\0"  # holds the place of the time while the words around it are escaped

Messages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where something is said: a channel, and the thread in it ("" for none)."""

    channel: str
    thread: str = ""


@dataclass(frozen=True)
class Live:
    """A message of ours, with its ts."""

    channel: str
    ts: str
    post: Post


@dataclass
class Voice:
    """`words`: wording.yml, which exists once the server has started."""

    web: Web
    pictures: Pictures
    words: Callable[[], Mapping[str, str]]
    _live: OrderedDict[str, list[Live]] = field(default_factory=OrderedDict)  # those that can be pressed

    async def say(self, place: Place, conversation: str, messages: Sequence[Mapping[str, Any] | Handed]) -> None:
        """Messages of the model, in order; what could be pressed before then holds no longer."""
        before = self._live.pop(conversation, [])
        sent = [live for part in messages for live in await self._say_part(place, part)]
        remember(self._live, conversation, [live for live in sent if live.post.pressable], REMEMBERED)
        if any(not isinstance(part, Handed) and part.get("kind") in ENDS_TIMERS for part in messages):
            await self.cancel_timers(place.channel)
        for live in before:
            await self._update(live.channel, live.ts, live.post.text, blocks.used(live.post.blocks))

    async def _say_part(self, place: Place, part: Mapping[str, Any] | Handed) -> list[Live]:
        """A message; with its file, or the words that say all where Slack does not take the file."""
        if not isinstance(part, Handed):
            return await self.post(place, part)
        try:
            await self._hand_over(place, part.made.name, part.made.content)
        except Refused as error:
            log.error("a file was refused: %s", error)
            return await self.post(place, part.instead)
        return await self.post(place, part.said)

    async def post(self, place: Place, message: Mapping[str, Any]) -> list[Live]:
        """One message of the model."""
        drawn = blocks.draw(message, self.words(), await self._picture_ids(message))
        return [await self._send(place, post) for post in drawn]

    async def notice(self, place: Place, text: str) -> None:
        """A sentence of the channel's own."""
        await self._send(place, blocks.notice(text))

    async def put_away(self, place: Place, conversation: str, press: Press) -> None:
        """The pressed message without its buttons, with what was chosen."""
        self._live[conversation] = [live for live in self._live.get(conversation, []) if live.ts != press.message]
        if not press.message:
            return
        titles = press.titles if press.action == blocks.DONE else (press.title,)
        chosen = unescape(", ".join(filter(None, titles)))
        note = self.words()["slack_you_chose"].format(choice=chosen) if chosen else ""
        text = escape(unescape(press.text))
        await self._update(place.channel, press.message, text, blocks.used(press.blocks, note))

    async def _hand_over(self, place: Place, name: str, content: bytes) -> None:
        client = self.web.client
        await self.web.patiently(
            "files_upload_v2",
            lambda: client.files_upload_v2(
                content=content,
                filename=name,
                channel=place.channel,
                initial_comment=escape(name),
                thread_ts=place.thread or None,
            ),
        )

    def forget(self, conversation: str) -> None:
        """Remember nothing of it."""
        self._live.pop(conversation, None)

    # --- timers

    async def start_timer(self, place: Place, value: str) -> None:
        """Slack keeps the message and sends it at its time, also when this server is down by then."""
        try:
            timer = json.loads(value)
            label, seconds = str(timer["label"]), int(timer["seconds"])
        except (ValueError, TypeError, KeyError) as error:
            raise BadMessage("timer: label and seconds") from error
        end = int(time.time()) + max(seconds, 1)
        over = escape(self.words()["timer_up"].format(label=label))
        await self.web.call("chat_scheduleMessage", channel=place.channel, post_at=end, text=over)
        utc = time.strftime("%H:%M UTC", time.gmtime(end))
        runs = escape(self.words()["timer_runs"].format(label=label, until=END))
        # Slack shows the time of the person's own zone; the part behind the bar is for programs that cannot.
        await self._send(place, blocks.marked_up(runs.replace(END, f"<!date^{end}^{{time}}|{utc}>")))

    async def cancel_timers(self, channel: str) -> None:
        """Nothing that was set goes off in an emergency, after "stop", or after everything was deleted."""
        try:
            answer = await self.web.call("chat_scheduledMessages_list", channel=channel)
            for scheduled in answer.get("scheduled_messages") or ():
                await self.web.call(
                    "chat_deleteScheduledMessage", channel=channel, scheduled_message_id=scheduled["id"]
                )
        except Refused as error:
            log.warning("timers not cancelled: %s", error)

    # --- one post

    async def _send(self, place: Place, post: Post) -> Live:
        """One post; where Slack does not take its blocks, with less: no picture, at last no blocks."""
        pictures = [str(block["slack_file"]["id"]) for block in post.blocks if block["type"] == "image"]
        # A picture that has just been handed over may not be ready yet.
        tries = [post, post, Post(post.text, blocks.without_pictures(post.blocks))] if pictures else [post]
        for number, candidate in enumerate(tries):
            try:
                return await self._send_as_is(place, candidate)
            except Refused as error:
                if str(error) not in BLOCKS_REFUSED:
                    raise
                log.error("blocks refused: %s", error)
                if number == 0 and pictures:
                    await asyncio.sleep(2 * self.web.first_wait)
                for picture in pictures if number == 1 else ():
                    self.pictures.forget(picture)
        return await self._send_as_is(place, Post(post.text, []))

    async def _send_as_is(self, place: Place, post: Post) -> Live:
        answer = await self.web.call(
            "chat_postMessage",
            channel=place.channel,
            text=post.text,
            blocks=post.blocks or None,
            thread_ts=place.thread or None,
            unfurl_links=False,
            unfurl_media=False,
        )
        return Live(str(answer.get("channel") or place.channel), str(answer.get("ts", "")), post)

    async def _update(self, channel: str, ts: str, text: str, drawn: blocks.Blocks) -> None:
        """Another content for a message; Slack may refuse a picture that it returned in a form of its own."""
        for candidate in (drawn, blocks.without_pictures(drawn)):
            try:
                await self.web.call("chat_update", channel=channel, ts=ts, text=text or blocks.CUT, blocks=candidate)
                return
            except Refused as error:  # gone, or too old to change: a press on it is refused by its id
                log.warning("not put away: %s", error)
                if str(error) not in BLOCKS_REFUSED:
                    return

    async def _picture_ids(self, message: Mapping[str, Any]) -> dict[str, str]:
        picture = (message.get("card") or {}).get("picture")
        found = await self.pictures.id_of(picture["name"], picture["alt"]) if picture else None
        return {picture["name"]: found} if picture and found else {}


def remember(memory: OrderedDict[str, Any], key: str, value: Any, most: int) -> None:
    """Put it at the end of the memory, and drop what is oldest."""
    memory[key] = value
    memory.move_to_end(key)
    while len(memory) > most:
        memory.popitem(last=False)
