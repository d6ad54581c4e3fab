"""Reminders that survive: a row for each in the conversations' database, said exactly once whoever gets there first.

reasoning/care.py says which reminders a case wants, `Reminders.keep` writes them down. Whoever finds one due claims its
row; what is said and the row's end are one transaction, so a process that dies leaves a row that is claimed again, and
never two messages. APScheduler wakes each process; why its own job store is not used: docs/decisions/0010.
"""

from __future__ import annotations

import datetime
import json
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from reasoning import care
from reasoning.care import Due
from reasoning.case import Offer
from reasoning.clock import Clock, Quiet, SystemClock
from serving import metrics
from serving.database import ID, reading
from serving.outbox import Outbox

log = logging.getLogger(__name__)

WAITING, CLAIMED, SAID, HELD, EXPIRED = "waiting", "claimed", "said", "held", "expired"
UNREACHABLE = "unreachable"  # nobody is written to who has blocked us, until they write themselves
OPEN = (WAITING, CLAIMED, UNREACHABLE)
LEASE = datetime.timedelta(minutes=2)  # a claim older than this is of a process that died
TICK_SECONDS = 5.0  # how late a timer may end
SILENT_SECONDS = 60.0  # without a look at what is due: then something is wrong
BATCH = 200  # rows at once, so that a tick after a long pause stays short

TABLE = sa.Table(
    "reminders",
    sa.MetaData(),
    sa.Column("id", ID, primary_key=True, autoincrement=True),
    sa.Column("sender_id", sa.String(255), nullable=False),
    sa.Column("key", sa.String(80), nullable=False),
    sa.Column("due", sa.Float, nullable=False),  # seconds since 1970, as are the others
    sa.Column("expires", sa.Float, nullable=False),
    sa.Column("reminder", sa.Text, nullable=False),  # care.Due as JSON
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("claim", sa.String(32), nullable=False, server_default=""),
    sa.Column("claimed_at", sa.Float, nullable=False, server_default="0"),
    sa.Column(
        "offers", sa.Text, nullable=False, server_default=""
    ),  # buttons that the case takes with the next message
    sa.UniqueConstraint("sender_id", "key"),
    sa.Index("reminders_due", "state", "due"),
)
_MINE = TABLE.select().where(TABLE.c.sender_id == sa.bindparam("conversation"))
_OFFERS = (
    sa.select(TABLE.c.offers)
    .where(TABLE.c.sender_id == sa.bindparam("conversation"), TABLE.c.offers != "")
    .order_by(TABLE.c.id)
)


@dataclass(frozen=True)
class Claimed:
    """A reminder that this process, and no other, may say now."""

    row: int
    conversation: str
    due: Due
    claim: str


@dataclass(frozen=True)
class Said:
    """What a reminder says, the buttons that answer it, and whether the conversation is still as it was then."""

    messages: tuple[dict[str, Any], ...]
    offers: tuple[Offer, ...] = ()
    unchanged: Callable[[sa.engine.Connection], bool] = lambda _connection: True


class Moved(Exception):
    """The conversation went on, or the claim was lost, while the reminder was made: it is not said now."""


@dataclass
class Reminders:
    """The table `reminders`. Safe to use from many processes on one database."""

    outbox: Outbox
    clock: Clock = field(default_factory=SystemClock)
    quiet: Quiet = field(default_factory=lambda: care.times().quiet)

    @property
    def engine(self) -> sa.engine.Engine:
        """The outbox's: row and message must end in one transaction."""
        return self.outbox.engine

    def keep(self, conversation: str, wanted: Sequence[Due], connection: sa.engine.Connection | None = None) -> None:
        """Bring the waiting rows of a conversation to what is wanted now. What was said is never said again.

        `connection`: of the transaction that this is a part of, which holds the conversation's lock.
        """
        if connection is not None:
            self._keep(connection, conversation, wanted)
            return
        try:
            with self.engine.begin() as own:
                self._keep(own, conversation, wanted)
        except sa.exc.IntegrityError:  # another process has just written the same row
            with self.engine.begin() as own:
                self._keep(own, conversation, wanted)

    @staticmethod
    def _keep(connection: sa.engine.Connection, conversation: str, wanted: Sequence[Due]) -> None:
        rows = {row.key: row for row in connection.execute(_MINE, {"conversation": conversation}).all()}
        keys = {due.key for due in wanted}
        gone = [row.id for row in rows.values() if row.state in OPEN and row.key not in keys]
        if gone:
            connection.execute(TABLE.delete().where(TABLE.c.id.in_(gone)))
        for due in wanted:
            times = {"due": due.at.timestamp(), "expires": due.expires.timestamp(), "reminder": due.json()}
            row = rows.get(due.key)
            if row is None:
                new = TABLE.insert().values(sender_id=conversation, key=due.key, state=WAITING, **times)
                connection.execute(new)
            elif row.state == UNREACHABLE or (row.state == WAITING and row.reminder != times["reminder"]):
                changed = TABLE.update().where(TABLE.c.id == row.id, TABLE.c.state == row.state)
                connection.execute(changed.values(state=WAITING, **times))

    def leave(self, conversation: str) -> None:
        """Say nothing more to somebody who cannot be reached; `keep` opens it again when they write."""
        with self.engine.begin() as connection:
            open_rows = TABLE.update().where(TABLE.c.sender_id == conversation, TABLE.c.state.in_((WAITING, CLAIMED)))
            connection.execute(open_rows.values(state=UNREACHABLE, claim="", claimed_at=0.0))

    def _free(self) -> Any:
        """Rows that nobody works on: waiting, or claimed so long ago that the process must have died."""
        then = (self.clock.now() - LEASE).timestamp()
        return sa.or_(TABLE.c.state == WAITING, sa.and_(TABLE.c.state == CLAIMED, TABLE.c.claimed_at < then))

    def due(self) -> list[tuple[int, str, Due]]:
        """Rows whose time has come and that nobody works on, the earliest first; stale ones are put away."""
        now = self.clock.now().timestamp()
        query = TABLE.select().where(self._free(), TABLE.c.due <= now).order_by(TABLE.c.due, TABLE.c.id).limit(BATCH)
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        stale = [row.id for row in rows if row.expires <= now]
        if stale:
            with self.engine.begin() as connection:
                connection.execute(TABLE.update().where(self._free(), TABLE.c.id.in_(stale)).values(state=EXPIRED))
        return [(row.id, row.sender_id, Due.parse_raw(row.reminder)) for row in rows if row.expires > now]

    def claim(self, row: int, conversation: str, due: Due) -> Claimed | None:
        """Take a row for this process; None when another was faster or it is gone."""
        now = self.clock.now().timestamp()
        claim = secrets.token_hex(8)
        taking = TABLE.update().where(TABLE.c.id == row, self._free())
        taking = taking.values(state=CLAIMED, claim=claim, claimed_at=now)
        with self.engine.begin() as connection:
            taken = connection.execute(taking).rowcount
        return Claimed(row, conversation, due, claim) if taken else None

    def say(self, claimed: Claimed, said: Said) -> list[dict[str, Any]]:
        """Say it, and end the row, or neither. Raises Moved when the claim is lost or the conversation went on."""
        offers = json.dumps([vars(offer) for offer in said.offers])
        ending = self._mine(claimed).values(state=SAID, offers=offers)
        with self.engine.begin() as connection:
            # The update comes first: it takes the lock, so that what is read afterwards cannot change any more.
            if connection.execute(ending).rowcount != 1 or not said.unchanged(connection):
                raise Moved
            until = claimed.due.expires.timestamp()
            told = [self.outbox.put(connection, claimed.conversation, message, until) for message in said.messages]
        self.outbox.announce(claimed.conversation)
        return [unasked.message for unasked in told]

    def hold(self, claimed: Claimed) -> None:
        """It is not to be said: an emergency, a day to be seen, or nothing left that this person may be told."""
        self._put(claimed, state=HELD)

    def postpone(self, claimed: Claimed, until: datetime.datetime) -> None:
        """Say it then; when that is too late for it, never."""
        self._put(claimed, state=WAITING, due=until.timestamp(), claim="", claimed_at=0.0)

    def _put(self, claimed: Claimed, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(self._mine(claimed).values(**values))

    def _mine(self, claimed: Claimed) -> Any:
        mine = (TABLE.c.id == claimed.row, TABLE.c.state == CLAIMED, TABLE.c.claim == claimed.claim)
        return TABLE.update().where(*mine)

    def offers(self, conversation: str) -> tuple[Offer, ...]:
        """Buttons of what was said unasked, which the case does not have yet."""
        with reading(self.engine) as connection:
            found = [json.loads(row.offers) for row in connection.execute(_OFFERS, {"conversation": conversation})]
        return tuple(Offer(**offer) for offers in found for offer in offers)

    def taken(self, conversation: str, offers: Sequence[Offer], connection: sa.engine.Connection | None = None) -> None:
        """The case has these now. `connection`: of the transaction that this is a part of."""
        if connection is None:
            with self.engine.begin() as own:
                self.taken(conversation, offers, own)
            return
        ids = {offer.id for offer in offers}
        query = TABLE.select().where(TABLE.c.sender_id == conversation, TABLE.c.offers != "")
        for row in connection.execute(query).all():
            if {offer["id"] for offer in json.loads(row.offers)} <= ids:
                connection.execute(TABLE.update().where(TABLE.c.id == row.id).values(offers=""))

    def delete(self, conversation: str) -> None:
        """Forget every reminder of a conversation."""
        with self.engine.begin() as connection:
            connection.execute(TABLE.delete().where(TABLE.c.sender_id == conversation))

    def how_many_wait(self) -> int:
        """How many are still to be said, in all conversations."""
        query = sa.select([sa.func.count()]).select_from(TABLE).where(TABLE.c.state == WAITING)
        with reading(self.engine) as connection:
            return int(connection.execute(query).scalar() or 0)

    def waiting(self, conversation: str) -> list[Due]:
        """What is still to be said."""
        query = TABLE.select().where(TABLE.c.sender_id == conversation, TABLE.c.state == WAITING).order_by(TABLE.c.due)
        with reading(self.engine) as connection:
            return [Due.parse_raw(row.reminder) for row in connection.execute(query)]


Make = Callable[[str, Due], Awaitable[tuple[Said, str]]]
Deliver = Callable[[str, dict[str, Any]], Awaitable[None]]


@dataclass
class Reminding:
    """Says what is due. `make` builds it from the case as it is now, and tells the person's zone.

    `deliver(conversation, message)` hands a message that is said to a channel that writes to people by itself; the web
    needs none, it reads the outbox. It is called once for each message; what it raises does not unsay the message.
    While `paused` says so nothing is said: it waits, until it is too late for it.
    """

    reminders: Reminders
    make: Make
    deliver: Deliver | None = None
    paused: Callable[[], bool] = lambda: False
    _scheduler: AsyncIOScheduler | None = None
    _looked: float = 0.0  # when it last found the database well (monotonic seconds)

    def start(self) -> None:
        """Look for what is due every few seconds, from now on: what was missed while nobody ran is said first."""
        scheduler = AsyncIOScheduler(timezone=datetime.UTC)
        started = datetime.datetime.now(datetime.UTC)
        every = {"seconds": TICK_SECONDS, "next_run_time": started, "max_instances": 1, "coalesce": True}
        scheduler.add_job(self.tick, "interval", **every, misfire_grace_time=None)
        scheduler.start()
        self._scheduler = scheduler
        self._looked = time.monotonic()

    def is_alive(self) -> bool:
        """Whether it looks for what is due, and could do so lately."""
        running = self._scheduler is not None and self._scheduler.running
        return running and time.monotonic() - self._looked < SILENT_SECONDS

    def stop(self) -> None:
        """Look no longer."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    async def tick(self) -> int:
        """Say everything that is due; the number of reminders said. One that fails does not hold up the others."""
        count = 0
        for row, conversation, due in () if self.paused() else self.reminders.due():
            self._looked = time.monotonic()
            claimed = self.reminders.claim(row, conversation, due)
            if claimed is None:
                continue
            try:
                count += await self._say(claimed)
            except Moved:
                self.reminders.postpone(claimed, self.reminders.clock.now())
            except Exception as error:  # the lease ends, and it is tried again until it is stale
                log.error("a reminder failed: %s", type(error).__name__)
        self._looked = time.monotonic()
        metrics.REMINDERS.inc(count)
        return count

    async def _say(self, claimed: Claimed) -> int:
        said, timezone = await self.make(claimed.conversation, claimed.due)
        if not said.messages:
            self.reminders.hold(claimed)
            return 0
        if not claimed.due.started_by_person:
            until = self.reminders.quiet.until(self.reminders.clock.now(), timezone)
            if until is not None:
                self.reminders.postpone(claimed, until)
                return 0
        for message in self.reminders.say(claimed, said):
            await self._deliver(claimed.conversation, message)
        return 1

    async def _deliver(self, conversation: str, message: dict[str, Any]) -> None:
        if self.deliver is None:
            return
        try:
            await self.deliver(conversation, message)
        except Exception as error:  # it stands in the outbox
            log.error("a reminder was not delivered: %s", type(error).__name__)
