"""Slack delivers more than once, at once, and again after a restart: each delivery has exactly one effect."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from channels.slack.arrivals import Arrival, of_event, of_interaction
from serving import deliveries
from tests.channels.fake_slack import FakeSlack, as_event, as_interaction
from tests.channels.slack_rig import Rig, Talks, rigged, until

USERS = [f"U0PERSON{number}" for number in range(20)]
QUESTION = {"text": "Which?", "kind": "question", "buttons": [{"id": "b1-1", "title": "This"}]}


async def _all(rig: Rig, payloads: list[dict[str, Any]], at_once: int = 20) -> None:
    """Deliver them all, so many at a time, as retries of Slack's."""
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, payload: dict[str, Any]) -> int:
        async with gate:
            return await rig.deliver(payload, X_Slack_Retry_Num=str(number % 4), X_Slack_Retry_Reason="http_timeout")

    statuses = await asyncio.gather(*(one(number, payload) for number, payload in enumerate(payloads)))
    assert set(statuses) == {200}
    await rig.slack.lanes.idle()


async def test_a_thousand_deliveries_sent_three_times_in_parallel_have_one_effect_each(tmp_path: Path) -> None:
    """1,000 messages of 20 people, each delivered three times at once and out of order: one turn, one answer each."""
    async with rigged(tmp_path) as rig:
        for start in range(0, 1000, 100):
            written = [rig.fake.writes(USERS[n % len(USERS)], f"message {n}") for n in range(start, start + 100)]
            again = [payload for payload in written for _ in range(3)]
            random.Random(start).shuffle(again)  # noqa: S311  an order, not a secret
            await _all(rig, again)
        # Of those out of order some are late: watched, and said to be so. Either way each had one effect.
        late = rig.talks.knowledge.wording["slack_late"]
        answers = Counter(said for user in USERS for said in rig.fake.said(rig.fake.direct(user)))
        assert set(Counter(rig.talks.texts).values()) == {1}
        assert answers.pop(late, 0) + len(rig.talks.texts) == 1000
        assert answers == Counter(f"You wrote: {text}" for text in rig.talks.texts)
        assert rig.fake.broken == []


async def test_a_press_delivered_many_times_is_pressed_once(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        rig.talks.replies["ask"] = [QUESTION]
        presses = []
        for user in USERS:
            await rig.writes(user, "ask")
            presses.append(rig.fake.presses(user, "This"))
        await _all(rig, presses * 10)
        pressed = Counter(conversation for conversation, inbound in rig.talks.told if inbound.button)
        assert len(pressed) == len(USERS)
        assert set(pressed.values()) == {1}


async def test_what_was_answered_is_not_answered_again_after_a_restart(tmp_path: Path) -> None:
    """1,000 duplicates after a restart, by another process over the same database: no effect at all."""
    fake = await FakeSlack().start()
    async with rigged(tmp_path, fake) as rig:
        written = [fake.writes(USERS[n % len(USERS)], f"message {n}") for n in range(250)]
        await _all(rig, written)
        assert (
            len(rig.talks.told) + sum("late" in said for user in USERS for said in fake.said(fake.direct(user))) == 250
        )
    posts = len(fake.calls)
    async with rigged(tmp_path, fake) as again:
        assert again.slack.resume() == 0
        await _all(again, written * 4)
        assert again.talks.told == []
    assert len(fake.calls) == posts
    await fake.stop()


async def test_what_was_taken_and_not_answered_is_taken_up_after_a_restart(tmp_path: Path) -> None:
    """Acknowledged, then the process dies: nothing is lost, and nothing is answered twice."""
    fake = await FakeSlack().start()
    async with rigged(tmp_path, fake) as rig:
        rig.talks.replies["ask"] = [QUESTION]
        await rig.writes(USERS[0], "ask")
        await rig.writes(USERS[1], "answered")
        rig.talks.held |= dict.fromkeys([f"message {n}" for n in range(40)] + ["b1-1"], asyncio.Event())
        left = [fake.writes(USERS[2 + n % 10], f"message {n}") for n in range(40)]
        left.append(fake.presses(USERS[0], "This"))
        for payload in left:
            assert await rig.deliver(payload) == 200
        for task in list(rig.slack.lanes._tasks):
            task.cancel()
        assert [inbound.text for _, inbound in rig.talks.told] == ["ask", "answered"]
    async with rigged(tmp_path, fake) as again:
        assert again.slack.resume() == len(left)
        await _all(again, left)
        texts = [inbound.text for _, inbound in again.talks.told if inbound.text]
        assert sorted(texts) == sorted(f"message {n}" for n in range(40))
        assert [inbound.button for _, inbound in again.talks.told if inbound.button] == ["b1-1"]
        for user in USERS[2:12]:
            mine = [
                conversation
                for conversation, _ in again.talks.told
                if conversation == again.slack.conversation_of(user)
            ]
            assert len(mine) == 4
            said = [int(text.split()[-1]) for text in fake.said(fake.direct(user))]
            assert len(said) == 4
            assert said == sorted(said)
        assert again.slack.resume() == 0
    assert fake.broken == []
    await fake.stop()


async def test_what_a_delivery_brought_is_kept_no_longer_than_until_it_is_answered(tmp_path: Path) -> None:
    async with rigged(tmp_path) as rig:
        await rig.writes(USERS[0], "a secret of mine")
        with rig.engine.connect() as connection:
            (row,) = connection.execute(deliveries.TABLE.select()).all()
        assert (row.done, row.brought) == (True, None)


async def test_without_the_database_the_person_is_still_answered(tmp_path: Path) -> None:
    """The real conversations then give the safety text; here it matters that the channel asks them."""
    async with rigged(tmp_path) as rig:
        with rig.engine.begin() as connection:
            connection.execute(sa.text("DROP TABLE deliveries"))
            connection.execute(sa.text("DROP TABLE addresses"))
        payload = rig.fake.writes(USERS[0], "hello")
        await _all(rig, [payload] * 5)
        assert rig.talks.texts == ["hello"]
        assert rig.fake.said(rig.fake.direct(USERS[0])) == ["You wrote: hello"]


async def test_two_processes_over_one_database_share_the_deliveries(tmp_path: Path) -> None:
    fake = await FakeSlack().start()
    talks = Talks()
    async with rigged(tmp_path, fake, talks) as one, rigged(tmp_path, fake, talks) as other:
        written = [fake.writes(USERS[n % len(USERS)], f"message {n}") for n in range(100)]
        await asyncio.gather(_all(one, written, 5), _all(other, written, 5))
        await until(lambda: not one.slack.lanes._tasks and not other.slack.lanes._tasks)
        assert set(Counter(talks.texts).values()) == {1}
    await fake.stop()


@pytest.mark.parametrize("id_", [None, "", "x" * 500, "Ev\0", 7, {"a": 1}, "../..", "sl:Ev1"])
def test_an_event_with_a_strange_id_has_a_key_of_its_own(id_: Any) -> None:
    fake = FakeSlack()
    one, two = ({**fake.writes(USERS[0], text), "event_id": id_} for text in ("one", "two"))
    keys = {arrival.key for arrival in map(of_event, (one, two, one)) if arrival}
    assert len(keys) == 2
    assert all(len(key) <= 64 for key in keys)


def test_an_arrival_survives_being_written_down() -> None:
    fake = FakeSlack()
    user = USERS[0]
    fake.messages[fake.direct(user)].append(
        {
            "user": "U0BOT",
            "ts": "1.1",
            "text": "x",
            "blocks": [
                {
                    "type": "actions",
                    "block_id": "b",
                    "elements": [{"type": "button", "action_id": "press:0", "value": "v", "text": {"text": "This"}}],
                }
            ],
        }
    )
    arrivals = [of_event(fake.writes(user, "hello", files=True)), of_event(fake.edits(user, "a", "b"))]
    arrivals.append(of_interaction(fake.presses(user, "This")))
    for arrival in arrivals:
        assert arrival is not None
        assert Arrival.from_dict(arrival.as_dict()) == arrival


def test_deliveries_name_the_same_event_whatever_the_way_in() -> None:
    """HTTP and Socket Mode may both deliver while an app is moved from one to the other."""
    fake = FakeSlack()
    payload = fake.writes(USERS[0], "hello")
    path, body, _ = as_event(payload)
    assert path.endswith("events")
    assert of_event(payload) == of_event(json.loads(body))
    assert as_interaction({"type": "block_actions"})[0].endswith("interactions")
