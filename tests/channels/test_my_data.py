"""The person's data over HTTP: files by links that expire, deletion in words, and no trace of a marker afterwards."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pypdfium2
import pytest

from tests.channels.canary import CANARY, HOOKS, files_of, fill_what_goes_on_for_days, leave_the_marker_everywhere
from tests.channels.running_server import RunningServer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server of its own: its folder is searched to the last byte."""
    running = RunningServer(tmp_path_factory.mktemp("data")).start()
    yield running
    running.stop()


def _told(server: RunningServer) -> str:
    token = server.session(country="US")
    server.say(token, text="my back went after golf two days ago, I am 54 and diabetic")
    return token


def test_the_sheet_is_one_click_away(server: RunningServer) -> None:
    """In words, then by its link, without the conversation's token: one page of Letter with what was told."""
    token = _told(server)
    link = files_of(server.say(token, text="can you make a sheet for my doctor"))["back-spasm-sheet.pdf"]
    assert token not in link
    answer = server.get(link)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="back-spasm-sheet.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    document = pypdfium2.PdfDocument(answer.body)
    assert len(document) == 1
    assert tuple(round(points) for points in document[0].get_size()) == (612, 792)
    text = document[0].get_textpage().get_text_range()
    assert "golf" in text
    assert "54 years" in text
    assert "Diabetes" in text


def test_the_copy_has_everything_and_history_signs_its_links_anew(server: RunningServer) -> None:
    """JSON with what was said and what is known; the history of a page that was reloaded has working links."""
    token = _told(server)
    messages = server.say(token, text="export my data")
    assert set(files_of(messages)) == {"back-spasm-chat.json", "back-spasm-sheet.pdf"}
    data = json.loads(server.get(files_of(messages)["back-spasm-chat.json"]).body)
    assert data["known"]["age"] == 54
    assert any("golf" in message["text"] for message in data["messages"])
    history = server.get(f"{HOOKS}/history", token).data["messages"]
    links = files_of(history)
    assert links
    assert all(server.get(link).status == 200 for link in links.values())


def _claims(link: str) -> dict[str, Any]:
    token = parse_qs(urlsplit(link).query)["t"][0]
    return dict(jwt.decode(token, options={"verify_signature": False}))


def test_a_link_is_for_one_file_for_a_quarter_of_an_hour_and_for_nothing_else(server: RunningServer) -> None:
    """Forged, of another purpose, expired: refused with the safety text. Its owner may use an expired one."""
    token = _told(server)
    link = files_of(server.say(token, text="doctor sheet"))["back-spasm-sheet.pdf"]
    claims = _claims(link)
    secret = (server.folder / "web-secret").read_text()
    assert 0 < claims["exp"] - time.time() <= 900

    def signed(key: str = secret, **changed: Any) -> str:
        return f"{HOOKS}/file?t={jwt.encode({**claims, **changed}, key, algorithm='HS256')}"

    expired = signed(exp=int(time.time()) - 1)
    refused = [
        f"{HOOKS}/file",
        f"{HOOKS}/file?t=x",
        f"{HOOKS}/file?t={token}",
        signed("x" * 40),
        signed(aud="other"),
        signed(sub="tg:1"),
        expired,
    ]
    for address in refused:
        answer = server.get(address)
        assert (answer.status, answer.data["messages"][0]["kind"]) == (401, "safety"), address
    assert server.get(expired, token).status == 200
    assert server.get(expired, server.session()).status == 401
    assert server.get(signed(file="../../etc/passwd")).status == 404
    assert server.get(signed(file="pain.png")).status == 404  # no score was noted
    # What opens a file opens no conversation.
    file_token = parse_qs(urlsplit(link).query)["t"][0]
    assert server.get(f"{HOOKS}/history", file_token).status == 401
    assert server.ask("DELETE", f"{HOOKS}/conversation", file_token).status == 401


def test_deleting_in_words_empties_the_history_at_once(server: RunningServer) -> None:
    """One confirmation, then it is done: history empty, links dead, a new talk begins as one."""
    token = _told(server)
    link = files_of(server.say(token, text="doctor sheet"))["back-spasm-sheet.pdf"]
    asked = server.say(token, text="please delete my data")
    assert [button["title"] for button in asked[-1]["buttons"]] == ["Yes, forget it", "No, keep it"]
    done = server.say(token, button=asked[-1]["buttons"][0]["id"])
    assert "nothing of it is left" in done[-1]["text"]
    assert server.get(f"{HOOKS}/history", token).data["messages"] == []
    assert server.get(link).status == 404
    known = server.get(f"{HOOKS}/export", token).data["known"]
    assert (known["age"], known["user_facts"], known["turn"]) == (None, [], 0)
    again = server.say(token, text="hello")
    assert any("I am not a doctor" in message["text"] for message in again)


def test_after_a_no_everything_is_still_there(server: RunningServer) -> None:
    """And the bot says so."""
    token = _told(server)
    server.say(token, text="erase everything you have on me")
    assert "kept" in server.say(token, text="no")[0]["text"]
    assert len(server.get(f"{HOOKS}/history", token).data["messages"]) > 4


def _rows(folder: Path, conversation: str) -> dict[str, int]:
    """How many rows each table of the database has of a conversation, in whatever column."""
    found = {}
    with contextlib.closing(sqlite3.connect(folder / "conversations.db")) as database:
        for (table,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = database.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  a name of the schema
            found[table] = sum(any(conversation in str(value) for value in row) for row in rows)
    return found


def _places_with_the_marker(folder: Path, marker: str = CANARY) -> list[str]:
    needles = (marker.encode(), marker.encode("utf-16-le"))
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert any(path.name == "conversations.db" for path in files)
    return [path.name for path in files if any(needle in path.read_bytes().lower() for needle in needles)]


def test_reminders_diary_timer_and_report_are_forgotten_too(server: RunningServer) -> None:
    """Neither the marker nor the conversation's own id is left in any file, row, job, log or link."""
    token = server.session(country="GB", timezone="Europe/London")
    conversation = jwt.decode(token, options={"verify_signature": False})["sub"]
    fill_what_goes_on_for_days(server, token)
    known = server.get(f"{HOOKS}/export", token).data["known"]
    assert known["care"]["consent"] == "yes"
    assert [note["pain"] for note in known["diary"] if note["pain"] is not None] == [6]
    assert _rows(server.folder, conversation)["reminders"] > 5
    assert CANARY in json.dumps(server.feedback())
    links = files_of(server.say(token, text="a sheet for my doctor please")).values()
    assert len(links) == 2
    server.say(token, text="delete my data")
    assert "nothing of it is left" in server.say(token, text="yes, forget it")[-1]["text"]
    assert _places_with_the_marker(server.folder) == []
    assert _places_with_the_marker(server.folder, conversation.lower()) == []
    assert set(_rows(server.folder, conversation).values()) == {0}
    assert [server.get(link).status for link in links] == [404, 404]


@pytest.mark.parametrize("how", ["words", "request"])
def test_after_deletion_the_marker_is_found_nowhere(server: RunningServer, how: str) -> None:
    """Database file, its write-ahead log, the server's log, feedback: searched byte by byte, while others go on."""
    others = [_told(server) for _ in range(3)]
    token = server.session(country="GB", timezone="Europe/London")
    leave_the_marker_everywhere(server, token)
    assert any(name.startswith("conversations.db") for name in _places_with_the_marker(server.folder))
    export = json.dumps(server.get(f"{HOOKS}/export", token).data)
    assert len(re.findall(CANARY, export)) > 15
    if how == "words":
        server.say(token, text="delete my data")
        done = server.say(token, text="yes, forget it")
        assert "nothing of it is left" in done[-1]["text"]
    else:
        assert server.ask("DELETE", f"{HOOKS}/conversation", token).data == {"deleted": True}
    assert _places_with_the_marker(server.folder) == []
    assert server.get(f"{HOOKS}/history", token).data["messages"] == []
    for other in others:
        assert any("golf" in said["text"] for said in server.get(f"{HOOKS}/history", other).data["messages"])
