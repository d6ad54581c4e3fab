"""Nothing of what people send is in a log or an error, whatever fails: a marker in each field under each fault."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

import pydantic
import pytest
import sqlalchemy as sa

from reasoning.messages import Inbound
from serving import conversations as room
from serving.conversations import Conversations, Outbound
from serving.ingress.admission import Ingress
from serving.ingress.limits import Limits
from tests.conversations.conftest import Chat

MARKER = "zqxcanary"
Patch = pytest.MonkeyPatch
Told = Callable[[Outbound], str]


def _raises(*_: Any, **__: Any) -> Any:
    """The worst library: it quotes what it was given."""
    raise RuntimeError(f"cannot do with {MARKER}")


async def _raises_later(*_: Any, **__: Any) -> Any:
    raise sa.exc.OperationalError(f"INSERT {MARKER}", {"data": MARKER}, OSError(MARKER))


async def _hangs(*_: Any, **__: Any) -> None:
    await asyncio.sleep(30)


def _on(path: str, instead: Any) -> Callable[[Conversations, Patch], None]:
    def apply(talks: Conversations, patch: Patch) -> None:
        *places, name = path.split(".")
        place: Any = talks
        for part in places:
            place = getattr(place, part)
        patch.setattr(place, name, instead)

    return apply


def _gate(_talks: Conversations, patch: Patch) -> None:
    patch.setattr(room.gate, "check", _raises)


def _route(_talks: Conversations, patch: Patch) -> None:
    patch.setattr(room.routing, "route", _raises)


def _keep(talks: Conversations, patch: Patch) -> None:
    patch.setattr(talks.store, "keep", _raises)


def _hang(talks: Conversations, patch: Patch) -> None:
    patch.setattr(talks, "ingress", Ingress(Limits(turn_seconds=1)))
    patch.setattr(talks, "_turn", _hangs)


def _too_fast(talks: Conversations, patch: Patch) -> None:
    ingress = Ingress(Limits(messages_a_minute=1))
    patch.setattr(ingress.conversations, "take", lambda *_: 1.0)
    patch.setattr(talks, "ingress", ingress)


def _too_busy(talks: Conversations, patch: Patch) -> None:
    patch.setattr(talks, "ingress", Ingress(Limits(turns_at_once=0)))


def _nothing(_talks: Conversations, _patch: Patch) -> None:
    """All is well."""


FAULTS: dict[str, Callable[[Conversations, Patch], None]] = {
    "nothing": _nothing,
    "watch": _on("reader.screen", _raises),
    "watch and its fallback": _on("reader.watch.read", _raises),
    "parser": _on("agent.parse_message", _raises_later),
    "reader": _on("reader.read", _raises),
    "routing": _route,
    "dialogue": _on("agent.handle_message", _raises_later),
    "limit of actions": _on("agent.processor.max_number_of_predictions", 1),
    "action": _on("agent.processor.action_endpoint.executor.run", _raises_later),
    "database reads": _on("agent.tracker_store.retrieve", _raises_later),
    "database writes": _on("agent.tracker_store.save", _raises_later),
    "database's keeping": _keep,
    "gate": _gate,
    "deadline": _hang,
    "rate": _too_fast,
    "full house": _too_busy,
}
FIELDS = ("text", "long text", "button", "ticks", "id", "conversation")


def _message(chat: Chat, field: str) -> Inbound:
    if field == "conversation":
        chat.conversation = f"test:{MARKER}"
    made = {
        "text": Inbound(text=f"my back hurts {MARKER} \ud800"),
        "long text": Inbound(text=f"my back hurts {MARKER} " * 175),
        "button": Inbound(button=MARKER),
        "ticks": Inbound(ticks=(MARKER,)),
        "id": Inbound(id=MARKER, text="is heat ok for my back"),
    }
    return made.get(field, Inbound(text="what is an mri"))


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Told:
    """Everything that a turn tells anybody: its answer, the log, what is printed."""
    caplog.set_level(logging.INFO)

    def everything(answer: Outbound) -> str:
        said = "".join(message["text"] for message in answer.messages)
        return caplog.text + "".join(capfd.readouterr()) + said + answer.failed

    return everything


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("fault", FAULTS)
def test_the_marker_is_in_no_log_and_no_error(
    chat: Chat,
    fault: str,
    field: str,
    monkeypatch: pytest.MonkeyPatch,
    told: Told,
) -> None:
    inbound = _message(chat, field)
    with monkeypatch.context() as patch:
        FAULTS[fault](chat.conversations, patch)
        answer = chat.runner.run(chat.conversations.handle(chat.conversation, inbound))
    assert answer.messages
    if fault != "nothing" and field in ("text", "long text", "id"):
        assert answer.failed or (fault in ("parser", "reader") and field == "long text"), "the fault had no effect"
    assert MARKER not in told(answer)


class _Strict(pydantic.BaseModel):
    number: int


def _invalid() -> Exception:
    """An error of pydantic, which quotes what it was given."""
    try:
        _Strict(number=MARKER)  # type: ignore[arg-type]
    except pydantic.ValidationError as error:
        return error
    raise AssertionError("a word is no number")


# Errors that carry what they were given, each in a way of its own.
ERRORS: dict[str, Callable[[], BaseException]] = {
    "key": lambda: KeyError(MARKER),
    "unicode": lambda: UnicodeEncodeError("utf-8", f"{MARKER} \ud800", 10, 11, MARKER),
    "JSON": lambda: json.JSONDecodeError(MARKER, f"{{{MARKER}", 1),
    "validation": _invalid,
    "database": lambda: sa.exc.IntegrityError(f"INSERT {MARKER}", {"data": MARKER}, OSError(MARKER)),
    "file": lambda: FileNotFoundError(2, MARKER, MARKER),
    "recursion": lambda: RecursionError(MARKER),
    "memory": lambda: MemoryError(MARKER),
    "from another": lambda: _caused(RuntimeError(MARKER), ValueError(MARKER)),
    "with a note": lambda: _noted(ValueError("x"), MARKER),
}
PLACES = {
    "watch": ("reader.screen", False),
    "reader": ("reader.read", False),
    "parser": ("agent.parse_message", True),
    "dialogue": ("agent.handle_message", True),
    "action": ("agent.processor.action_endpoint.executor.run", True),
    "database reads": ("agent.tracker_store.retrieve", True),
    "database writes": ("agent.tracker_store.save", True),
}


def _caused(error: BaseException, by: BaseException) -> BaseException:
    error.__cause__ = by
    return error


def _noted(error: BaseException, note: str) -> BaseException:
    error.add_note(note)
    return error


@pytest.mark.parametrize("kind", ERRORS)
@pytest.mark.parametrize("place", PLACES)
def test_whatever_an_error_carries_is_in_no_log(
    chat: Chat, place: str, kind: str, monkeypatch: pytest.MonkeyPatch, told: Told
) -> None:
    path, later = PLACES[place]

    def fails(*_: Any, **__: Any) -> Any:
        raise ERRORS[kind]()

    async def fails_later(*_: Any, **__: Any) -> Any:
        raise ERRORS[kind]()

    with monkeypatch.context() as patch:
        _on(path, fails_later if later else fails)(chat.conversations, patch)
        answer = chat.runner.run(chat.conversations.handle(chat.conversation, _message(chat, "text")))
    assert answer.failed, "the fault had no effect"
    assert {message["kind"] for message in answer.messages} == {"safety"}
    assert MARKER not in told(answer)


def test_the_canary_can_be_found(caplog: pytest.LogCaptureFixture) -> None:
    """A log of the kind that the test above looks for."""
    try:
        _raises()
    except RuntimeError as error:
        logging.getLogger("serving.conversations").error("turn failed: %s", error)
    assert MARKER in caplog.text
