"""Servers before and after an upgrade of knowledge/, one after the other on the same data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from reasoning import knowledge as knowledge_room
from serving import manifest
from serving.settings import newest_model
from tests.channels.running_server import RunningServer
from tests.serving import checkout

WORDING = knowledge_room.shared().wording
FIRST_ITEM = '      - {flag: bladder_retention, title: "Hard to start peeing, only a dribble, or cannot pee"}\n'
NEW_ITEM = '      - {flag: tearing_pain, title: "Sudden tearing, ripping or worst-ever pain"}\n'

Said = list[dict[str, Any]]


class People:
    """Conversations that were begun before the upgrade, and what was said to each last."""

    def __init__(self, server: RunningServer) -> None:
        self.server = server
        self.tokens: dict[str, str] = {}
        self.last: dict[str, Said] = {}

    def says(self, who: str, **message: Any) -> Said:
        """A message of somebody."""
        token = self.tokens.get(who) or self.tokens.setdefault(who, self.server.session(country="GB"))
        self.last[who] = self.server.say(token, **message)
        return self.last[who]

    def ticks(self, who: str) -> dict[str, Any]:
        """The list that they see."""
        return dict(next(message["ticks"] for message in self.last[who] if message.get("ticks")))


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Three in the middle of the questions; then the first list loses its first sign and has another instead."""
    root = checkout.copied(tmp_path_factory.mktemp("checkout"))
    server = RunningServer(tmp_path_factory.mktemp("data"), root=root).start()
    there = People(server)
    for who in ("none", "ticks", "writes"):
        there.says(who, text="my back went into spasm lifting a box, what can I do")
        assert len(there.ticks(who)["items"]) == 6, there.last[who]
    there.says("asks", text="is heat ok for my back?")
    server.stop()
    path = root / "knowledge" / "interview.yml"
    before = path.read_text(encoding="utf-8")
    assert FIRST_ITEM in before
    assert NEW_ITEM in before
    path.write_text(before.replace(NEW_ITEM, "").replace(FIRST_ITEM, NEW_ITEM), encoding="utf-8")
    manifest.write(root, root / "models" / newest_model().name)  # as `make train` does
    server.start()
    yield there
    server.stop()


def _text(said: Said) -> str:
    return "\n".join(message["text"] for message in said)


def test_none_of_these_is_for_the_list_that_was_seen(people: People) -> None:
    none = people.ticks("none")["none"]["id"]
    said = people.says("none", ticks=[none])
    assert said[0]["text"] == WORDING["upgraded_again"]
    titles = [item["title"] for item in people.ticks("none")["items"]]
    assert titles[0].startswith("Sudden tearing"), "the new sign is asked"
    after = people.says("none", ticks=[people.ticks("none")["none"]["id"]])
    assert WORDING["upgraded_again"] not in _text(after)
    assert people.ticks("none")["items"][0]["title"] not in titles, "the next list"


def test_a_sign_that_was_ticked_in_the_old_list_is_an_emergency(people: People) -> None:
    gone = next(item for item in people.ticks("ticks")["items"] if item["title"].startswith("Hard to start"))
    said = people.says("ticks", ticks=[gone["id"]])
    assert said[0]["kind"] == "emergency"


def test_a_sign_that_is_written_is_an_emergency_as_ever(people: People) -> None:
    assert people.says("writes", text="my bottom is numb and I cannot pee")[0]["kind"] == "emergency"


def test_who_asks_something_is_answered(people: People) -> None:
    said = people.says("asks", text="and ice?")
    assert said[0]["kind"] == "answer"
    assert WORDING["upgraded_again"] not in _text(said)
    history = people.server.get("/webhooks/web/history", people.tokens["asks"]).data["messages"]
    assert history[0]["text"] == "is heat ok for my back?"
