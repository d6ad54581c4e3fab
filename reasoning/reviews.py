"""What has to be looked at by people, and whether they have: review dates, help lines, a clinician's sign-off."""

from __future__ import annotations

import datetime
import functools
import hashlib
from pathlib import Path
from typing import Literal

import pydantic

from reasoning.knowledge import Knowledge
from reasoning.red_flags import flags
from reasoning.strict_yaml import FOLDER, KnowledgeError, Strict, build, read_yaml

DUE_DAYS = 365  # a year after its last review a statement is to be looked at again
SIGN_OFF = FOLDER.parent / "docs" / "safety" / "sign-off.yml"


class SignOff(Strict):
    """A clinician's word for this knowledge and no other: `knowledge` is its fingerprint when it was signed."""

    name: str = pydantic.Field(min_length=1)
    profession: str = pydantic.Field(min_length=1)
    registration: str = pydantic.Field(min_length=1)
    date: datetime.date
    knowledge: str
    verdict: Literal["approved"]  # for use with patients


def overdue(knowledge: Knowledge, today: datetime.date) -> list[tuple[str, datetime.date]]:
    """What was last reviewed more than `DUE_DAYS` ago, with the date, oldest first."""
    dated = [(f"danger sign {flag.slug}", flag.reviewed) for flag in flags().values()]
    dated += [(f"caution {item.id}", item.reviewed) for item in knowledge.cautions.values()]
    dated += [(f"difference {item.id}", item.reviewed) for item in knowledge.differences.values()]
    dated += [(f"lost list {item.id}", item.reviewed) for item in knowledge.lost_lists.values()]
    dated += [
        (f"{topic.id}/{entry.id}", entry.reviewed) for topic in knowledge.topics.values() for entry in topic.entries
    ]
    late = [(name, reviewed) for name, reviewed in dated if (today - reviewed).days > DUE_DAYS]
    return sorted(late, key=lambda item: (item[1], item[0]))


def unchecked(knowledge: Knowledge) -> list[str]:
    """Help lines that nobody has dialled or looked up (`needs_check` in help_lines.yml), or whose sources disagree."""
    unknown = knowledge.help_lines.unknown_country
    found = ["help lines (no country)"] if unknown.needs_check else []
    for place in knowledge.help_lines.countries.values():
        lines = [line for line in (place.emergency, place.advice, place.crisis, place.poison) if line is not None]
        if place.needs_check or place.conflict or any(line.needs_check for line in lines):
            found.append(f"help lines {place.code} ({place.name})")
    return found


def fingerprint(folder: Path = FOLDER) -> str:
    """Of everything in `knowledge/`: another for every change."""
    digest = hashlib.sha256()
    for path in knowledge_files(folder):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def knowledge_files(folder: Path = FOLDER) -> list[Path]:
    """All files of the folder, in a fixed order; an editor's hidden files do not count."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def sign_off(path: Path = SIGN_OFF, folder: Path = FOLDER) -> SignOff | None:
    """The clinician's sign-off of this very knowledge; None without one, or when something was changed since.

    KnowledgeError for a file that is no sign-off.
    """
    if not path.exists():
        return None
    data = read_yaml(path)
    if not isinstance(data, dict):
        raise KnowledgeError(f"{path.name}:1: no sign-off")
    signed = build(SignOff, data, path)
    return signed if signed.knowledge == fingerprint(folder) else None


@functools.cache
def is_signed_off() -> bool:
    """Whether a clinician has signed off what this process says. Asked once: it holds until the process ends."""
    return sign_off() is not None
