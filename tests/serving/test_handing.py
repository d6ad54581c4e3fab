"""Files that are made when they are handed over: by name, for a conversation that is known, from what is known then."""

from __future__ import annotations

import datetime
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from reasoning import knowledge as knowledge_room
from reasoning.case import Case
from reasoning.diary import Note
from reasoning.flows import my_data
from reasoning.knowledge import Knowledge
from reasoning.messages import Kind, Message
from serving import handing, sheets

NOW = datetime.datetime(2026, 11, 24, 16, 30, tzinfo=datetime.UTC)


@dataclass
class Kept:
    """Stands for the conversations: one of them is known."""

    known: Case
    knowledge: Knowledge = field(default_factory=knowledge_room.shared)

    async def is_known(self, conversation: str) -> bool:
        return conversation == "web:known"

    async def case(self, _conversation: str) -> Case:
        return self.known

    async def export(self, conversation: str) -> dict[str, Any]:
        return {"conversation": conversation, "known": self.known.as_dict()}


@pytest.fixture
def kept() -> Kept:
    """A person with two pain scores."""
    diary = (Note(at=NOW.isoformat(), pain=6), Note(at=NOW.isoformat(), pain=5))
    return Kept(Case(age=54, country="US", diary=diary))


@pytest.mark.parametrize(
    ("name", "begins"),
    [("sheet.pdf", b"%PDF"), ("sheet.txt", b"Back pain"), ("pain.png", b"\x89PNG"), ("export.json", b"{")],
)
async def test_each_file_is_what_its_name_says(kept: Kept, name: str, begins: bytes) -> None:
    """Name and media type are those that the message promised."""
    made = await handing.make(kept, "web:known", name, NOW)
    assert made is not None
    assert made.content.startswith(begins)
    assert (made.name, made.media_type) == (my_data.FILES[name].name, my_data.FILES[name].media_type)


@pytest.mark.parametrize(("conversation", "name"), [("web:known", "passwd"), ("web:gone", "sheet.pdf"), ("web:x", "")])
async def test_nothing_is_made_of_what_is_not_there(kept: Kept, conversation: str, name: str) -> None:
    """An unknown name, a deleted conversation."""
    assert await handing.make(kept, conversation, name, NOW) is None


async def test_no_picture_without_scores() -> None:
    """None, and no empty one."""
    assert await handing.make(Kept(Case()), "web:known", "pain.png", NOW) is None


async def test_the_copy_has_what_the_channel_keeps_besides(kept: Kept) -> None:
    """A chat of a platform, say."""
    made = await handing.make(kept, "web:known", "export.json", NOW, told={"kept_for_telegram": {"chat": 42}})
    assert made is not None
    data = json.loads(made.content)
    assert data["kept_for_telegram"] == {"chat": 42}
    assert data["known"]["age"] == 54


async def test_messages_go_without_their_files_and_say_the_short_text(kept: Kept) -> None:
    """What cannot be made leaves its whole text; other messages and other links are left alone."""
    sheet = Message("all of the sheet", Kind.NOTICE, short="here it is", file=my_data.SHEET).as_dict()
    plain = Message("hello").as_dict()
    link = {**plain, "file": {"name": "x", "media_type": "x", "url": "https://example.org/x"}}
    readable = Message("and as a page", Kind.NOTICE, file=my_data.SHEET).as_dict()
    copy = Message("all I keep", Kind.NOTICE, file=my_data.EXPORT).as_dict()
    parts = await handing.prepared(kept, "web:known", [sheet, plain, link, readable, copy])
    handed = [part for part in parts if isinstance(part, handing.Handed)]
    assert [part.made.name for part in handed] == [
        "back-spasm-sheet.pdf",
        "back-spasm-sheet.pdf",
        "back-spasm-chat.json",
    ]
    assert [part.said["text"] for part in handed] == ["here it is", "and as a page", "all I keep"]
    assert parts[1:3] == [plain, link]
    assert not any("file" in said for part in handed for said in (part.said, part.instead))
    whole, page, failed = (part.instead["text"] for part in handed)
    assert whole == "all of the sheet"
    assert "54 years" in page
    assert failed == kept.knowledge.wording["file_not_sent"].format(name="back-spasm-chat.json")
    (gone,) = await handing.prepared(kept, "web:gone", [sheet])
    assert gone == {"text": "all of the sheet", "kind": "notice"}


async def test_a_sheet_that_cannot_be_drawn_is_said_in_words(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is raised."""

    def broken(*_: object) -> bytes:
        raise sheets.SheetError("no font")

    monkeypatch.setattr(sheets, "pdf", broken)
    sheet = Message("all of the sheet", Kind.NOTICE, short="here it is", file=my_data.SHEET).as_dict()
    assert await handing.prepared(kept, "web:known", [sheet]) == [{"text": "all of the sheet", "kind": "notice"}]
