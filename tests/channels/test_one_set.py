"""One set of conversations for all channels: tests/conversations/cases, each over terminal, web, Telegram and Slack.

A live server with the trained model, Telegram and Slack on loopback. Each turn must bring what the case says; and on
each channel the same messages, facts and level as on the web, with the same choices, in the platform's own form. The
terminal's process ends with the talk: there nobody can be written to later, so nothing of that kind is offered.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from serving.conversations import Outbound
from tests.channels.fake_slack import FakeSlack
from tests.channels.fake_telegram import FakeTelegram
from tests.channels.people import (
    WORDS,
    AtTheTerminal,
    InSlack,
    LogBook,
    OnTelegram,
    OnTheWeb,
    Person,
    Seen,
    Terminal,
    cut,
    environment,
    in_line,
)
from tests.channels.running_server import RunningServer
from tests.conversations.written import CASES, check, texts, titles_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHANNELS = ("terminal", "web", "telegram", "slack")
AT_ONCE = {"terminal": 8, "web": 4, "telegram": 16, "slack": 4}  # conversations; Telegram's have to wait for its rates
FIRST_CHAT = 1000
CLOCK_TIME = re.compile(r"\b\d{1,2}:\d\d\b")  # passes while people talk
LATER = frozenset({WORDS["care_timer_start"], WORDS["care_consent_yes"], WORDS["care_consent_no"]})


@dataclass
class Talk:
    """One case on one channel: what was seen, and what the server concluded, turn by turn; or what went wrong."""

    seen: list[Seen] = field(default_factory=list)
    brought: list[Outbound | None] = field(default_factory=list)
    error: str = ""


async def _talk(person: Person, case: dict[str, Any], book: LogBook | None) -> Talk:
    """All turns of a case, one after the other; `book` is None where the answers say themselves what was concluded."""
    talk = Talk()
    try:
        for turn in case["turns"]:
            if "say" in turn:
                talk.seen.append(await person.say(turn["say"]))
            else:
                titles = [turn["press"]] if "press" in turn else turn["tick"]
                talk.seen.append(await person.choose(titles, "press" in turn))
            talk.brought.append(person.last if book is None else book.turns(person.conversation).get(talk.seen[-1].key))
    except (AssertionError, TimeoutError, StopIteration) as error:
        talk.error = f"turn {len(talk.seen) + 1}: {type(error).__name__} {error}"
    return talk


Talks = dict[tuple[str, str], Talk]  # by channel and case


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talks(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talks]:
    """The cases that were asked for, on every channel, many at once."""
    names = {name for item in request.session.items if (name := _case_of(item))}
    folder = tmp_path_factory.mktemp("one-set")
    telegram, slack = await FakeTelegram().start(), await FakeSlack().start()
    server = RunningServer(folder, settings=environment(telegram, slack))
    terminal, _ = await asyncio.gather(Terminal.open(folder), asyncio.to_thread(server.start))
    book = LogBook(folder / "conversations.db")
    following = asyncio.create_task(book.follow())
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        people: dict[str, Callable[[int], Person]] = {
            "terminal": lambda _: AtTheTerminal(terminal),
            "web": lambda _: OnTheWeb(session, server.url),
            "telegram": lambda number: OnTelegram(telegram, book, FIRST_CHAT + number),
            "slack": lambda number: InSlack(slack, session, server.url, book, f"U0CASE{number:04}"),
        }
        yield await _replay(people, book, [name for name in CASES if name in names])
    following.cancel()
    await terminal.close()
    await asyncio.to_thread(server.stop)
    await asyncio.gather(telegram.stop(), slack.stop())
    # So many people at once are more than Telegram lets a bot write to in a second: it says when to try again.
    assert [complaint for complaint in telegram.complaints if not complaint.startswith("429")] == []
    assert (slack.broken, slack.notified) == ([], [])


def _case_of(item: pytest.Item) -> str:
    """The case of a collected test; "" for another file's."""
    return (
        str(item.callspec.params["name"]) if isinstance(item, pytest.Function) and item.path == Path(__file__) else ""
    )


async def _replay(people: dict[str, Callable[[int], Person]], book: LogBook, names: list[str]) -> Talks:
    """All these cases on every channel."""
    found: Talks = {}
    free = {channel: asyncio.Semaphore(many) for channel, many in AT_ONCE.items()}

    async def go(channel: str, number: int, name: str) -> None:
        async with free[channel]:
            kept = None if channel == "terminal" else book
            found[channel, name] = await _talk(people[channel](number), CASES[name], kept)

    await asyncio.gather(*(go(channel, number, name) for channel in CHANNELS for number, name in enumerate(names)))
    return found


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", CASES)
async def test_the_conversation_goes_as_written(talks: Talks, channel: str, name: str) -> None:
    """Facts, kinds, level, words and choices as the case says, the same as on the web, and all of it in sight."""
    talk, reference = talks[channel, name], talks["web", name]
    assert not talk.error
    if channel == "terminal" and CASES[name].get("writes_first"):
        assert all(seen.words and not seen.titles & LATER for seen in talk.seen)
        return
    for number, turn in enumerate(CASES[name]["turns"]):
        seen, brought, there = talk.seen[number], talk.brought[number], reference.brought[number]
        if brought is None:  # deleted in this turn: what was seen is all there is
            brought = there = talks["terminal", name].brought[number]
            assert brought is not None
            assert WORDS["delete_done"] in brought.messages[-1]["text"]
        where = f"turn {number + 1}: {turn}\n{brought.level} {brought.topics}\n{texts(brought)}\n--- seen\n{seen}"
        check(brought, turn, where)
        if there is not None:
            assert _concluded(brought, channel) == _concluded(there, channel), where
        _check_form(brought, seen, where)


def _concluded(answer: Outbound, channel: str) -> list[Any]:
    """What has to be the same on this channel as on the web: level, messages, choices."""
    left_out = LATER if channel == "terminal" else frozenset[str]()
    said = [
        (message["kind"], CLOCK_TIME.sub("", message["text"]), message.get("facts"), message.get("level"))
        for message in answer.messages
        if not left_out & {button["title"] for button in message.get("buttons", ())[-1:]}
    ]
    return [answer.level, said, [title for title in titles_of(answer) if title not in left_out]]


def _check_form(brought: Outbound, seen: Seen, where: str) -> None:
    """All words are there, or their short form with everything else drawn; and just the choices of the answer."""
    titles = {cut(title) for title in titles_of(brought)}
    assert {cut(title) for title in seen.titles} == titles, where
    for message in brought.messages:
        whole = in_line([message["text"]]) in seen.words
        drawn = message.get("short") and (message.get("ticks") or message.get("file"))
        assert whole or (drawn and in_line([message["short"]]) in seen.words), where
        banner = message.get("banner")
        assert not banner or in_line([banner["call"][0]]) in seen.words, where
