"""The Slack channel on a Sanic server over the fake of Slack, with a light stand-in for the conversations."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import sqlalchemy as sa
from sanic import Sanic

from channels.slack import routes
from channels.slack.channel import Slack
from channels.slack.pictures import Pictures
from channels.slack.sending import Web
from channels.slack.voice import Voice
from reasoning import knowledge
from reasoning.case import Case
from reasoning.flows.my_data import EXPORT, SHEET
from reasoning.knowledge import Knowledge
from reasoning.messages import Choice, Inbound, Kind, Message
from serving import migrate
from serving.addresses import Addresses
from serving.deliveries import Deliveries
from serving.outbox import Outbox
from tests.channels.fake_slack import BOT_TOKEN, SECRET, FakeSlack, as_event, as_interaction, sign
from tests.channels.its_own import ItsOwn
from tests.channels.running_server import free_port

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "widget/pictures"
HASHED_WITH = "the server's secret"
EMERGENCY = {
    "text": "Call 999 now. Do not drive yourself.",
    "kind": "emergency",
    "level": "E1",
    "banner": {"heading": "Emergency: call now", "call": ["999"], "reason": "A reason.", "say": "Say this."},
}
DANGER = "cannot pee"
SIGN = "a fever"

Reply = list[dict[str, Any]]
WORDS = knowledge.shared().wording
SURE = Message(
    text=WORDS["delete_asks"],
    kind=Kind.QUESTION,
    buttons=(Choice("b3-yes", WORDS["delete_yes"]), Choice("b3-no", WORDS["delete_no"])),
)
REPLIES: dict[str, Reply] = {
    WORDS["delete_means"]: [SURE.as_dict()],
    WORDS["export_means"]: [Message(text=WORDS["export_done"], kind=Kind.NOTICE, file=EXPORT).as_dict()],
    "b3-yes": [{"text": WORDS["delete_done"], "kind": "notice"}],
    "b3-no": [{"text": WORDS["delete_not_done"], "kind": "notice"}],
    "sheet": [Message(text="Sheet, all in words", kind=Kind.NOTICE, short="Here is a sheet", file=SHEET).as_dict()],
}


@dataclass
class Talks(ItsOwn):
    """Stands in for serving.conversations.Conversations: remembers what it was told, says what it is bidden.

    A text with `DANGER` in it is an emergency, one with `SIGN` in it has a sign of danger.
    Each message that was handled is one effect.
    """

    engine: sa.engine.Engine | None = None
    replies: dict[str, Reply] = field(default_factory=lambda: dict(REPLIES))
    told: list[tuple[str, Inbound]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # those who cannot be reached
    held: dict[str, asyncio.Event] = field(default_factory=dict)  # texts that wait until they are let go
    broken: set[str] = field(default_factory=set)  # texts on which it raises
    knowledge: Knowledge = field(default_factory=knowledge.shared)
    country: str = "GB"
    deliveries: Deliveries | None = None
    addresses: Addresses | None = None
    outbox: Outbox | None = None

    async def handle(self, conversation: str, inbound: Inbound, channel: str = "", country: str = "") -> Any:
        assert channel == "slack"
        text = inbound.text or inbound.button or ",".join(inbound.ticks or ()) or str(inbound.scale)
        if text in self.held:
            await self.held[text].wait()
        self.told.append((conversation, inbound))
        if text in self.broken:
            raise RuntimeError(text)
        danger = DANGER in text
        messages = [EMERGENCY] if danger else self.replies.get(text, [{"text": f"You wrote: {text}", "kind": "talk"}])
        if text == "b3-yes":
            await self.delete(conversation)
        return SimpleNamespace(
            messages=tuple(messages),
            findings=({"flag": "retention"},) if danger else (),
            deleted=conversation in self.deleted,
        )

    async def is_known(self, conversation: str) -> bool:
        return conversation not in self.deleted

    async def case(self, conversation: str) -> Case:
        return Case(age=54)

    async def export(self, conversation: str) -> dict[str, Any]:
        said = [inbound.text for known, inbound in self.told if known == conversation]
        return {"conversation": conversation, "messages": said}

    def unreachable(self, conversation: str) -> None:
        self.left.append(conversation)
        if self.addresses:
            self.addresses.delete(conversation)

    async def delete(self, conversation: str) -> None:
        self.deleted.append(conversation)
        if self.deliveries and self.addresses:
            self.deliveries.delete(conversation)
            self.addresses.delete(conversation)

    def watch(self, text: str, country: str = "") -> Any:
        return SimpleNamespace(message=EMERGENCY if DANGER in text else None, signs=DANGER in text or SIGN in text)

    def on(self, engine: sa.engine.Engine) -> None:
        """Keep what has to be kept in this database."""
        self.engine = engine
        migrate.upgrade(engine)
        self.deliveries, self.addresses, self.outbox = Deliveries(engine), Addresses(engine), Outbox(engine)

    @property
    def texts(self) -> list[str | None]:
        """What was written, in the order in which it was handled."""
        return [inbound.text for _, inbound in self.told]


@dataclass
class Rig:
    """One server with the channel, and Slack."""

    fake: FakeSlack
    talks: Talks
    slack: Slack
    engine: sa.engine.Engine
    url: str = ""
    session: aiohttp.ClientSession | None = None

    async def post(self, path: str, body: bytes, media: str, **headers: str) -> tuple[int, str]:
        """One request as Slack would send it, but for `headers` (with _ for -); status and body."""
        assert self.session is not None
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {"Content-Type": media, **sign(body), **given}
        async with self.session.post(self.url + path, data=body, headers=sent) as answer:
            return answer.status, await answer.text()

    async def deliver(self, payload: dict[str, Any], **headers: str) -> int:
        """An event or a press, signed; the status."""
        form = as_interaction if payload["type"] == "block_actions" else as_event
        status, _ = await self.post(*form(payload), **headers)
        return status

    async def writes(self, user: str, text: str, **more: Any) -> str:
        """A person writes, and is answered; the channel of the answers."""
        payload = self.fake.writes(user, text, **more)
        assert await self.deliver(payload) == 200
        await self.slack.lanes.idle()
        return str(payload["event"]["channel"])

    async def presses(self, user: str, title: str, *ticked: str) -> None:
        """A person presses, and is answered."""
        assert await self.deliver(self.fake.presses(user, title, ticked)) == 200
        await self.slack.lanes.idle()


def engine_at(folder: Path) -> sa.engine.Engine:
    """The database of a test, opened as the product opens its own."""
    return sa.create_engine(
        f"sqlite:///{folder / 'slack.db'}", connect_args={"timeout": 30, "check_same_thread": False}
    )


def channel_on(fake: FakeSlack, talks: Talks, folder: Path) -> Slack:
    """The channel, as `channels.slack.wiring` puts it together, but in more of a hurry."""
    web = Web(BOT_TOKEN, fake.url, first_wait=0.02, patience=20, call_seconds=2)
    return Slack(
        talks=lambda: talks,
        voice=Voice(web, Pictures(web, PICTURES, folder / "pictures.json"), lambda: talks.knowledge.wording),
        secret=HASHED_WITH,
    )


@contextlib.asynccontextmanager
async def served(slack: Slack) -> AsyncIterator[str]:
    """The channel's routes on a Sanic server; its address."""
    app: Any = Sanic(f"slack_{secrets.token_hex(6)}", configure_logging=False)
    app.config.TOUCHUP = False  # it rewrites methods of Sanic, once per process
    app.blueprint(routes.blueprint(slack, SECRET))
    server = await app.create_server(host="127.0.0.1", port=free_port(), return_asyncio_server=True)
    await server.startup()
    await server.before_start()
    await server.start_serving()
    try:
        yield f"http://127.0.0.1:{server.server.sockets[0].getsockname()[1]}"
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def rigged(folder: Path, fake: FakeSlack | None = None, talks: Talks | None = None) -> AsyncIterator[Rig]:
    """Everything; a second one over the same folder is the same server after a restart."""
    slack_side = fake or await FakeSlack().start()
    engine = engine_at(folder)
    stand_in = talks or Talks()
    stand_in.on(engine)
    slack = channel_on(slack_side, stand_in, folder)
    rig = Rig(slack_side, stand_in, slack, engine)
    try:
        async with served(slack) as rig.url, aiohttp.ClientSession() as rig.session:
            yield rig
    finally:
        await slack.close()
        engine.dispose()
        if fake is None:
            await slack_side.stop()


async def until(true: Callable[[], Any], seconds: float = 15) -> None:
    """Wait until something has come about."""
    for _ in range(int(seconds / 0.02)):
        if true():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come about")
