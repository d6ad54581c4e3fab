"""What must hold before people are served: files as they were trained, and in production, checked by people."""

from __future__ import annotations

import datetime

from reasoning import knowledge as knowledge_room
from reasoning import reviews
from reasoning.knowledge import Knowledge
from serving import manifest
from serving.environment import SettingsError
from serving.settings import PRODUCTION, ROOT, Settings, newest_model

NAMED = 5  # of many, so many are named


def check(settings: Settings) -> None:
    """Refuse to serve: ManifestError, KnowledgeError, SettingsError or FileNotFoundError says why."""
    manifest.check(ROOT, newest_model())
    knowledge = knowledge_room.shared()
    if settings.country and settings.country not in knowledge.help_lines.countries:
        raise SettingsError("COUNTRY: a code of knowledge/help_lines.yml")
    reviews.is_signed_off()  # a file that is no sign-off is told now, not in the middle of a conversation
    if settings.environment == PRODUCTION:
        check_reviews(knowledge, datetime.datetime.now(datetime.UTC).date())


def check_reviews(knowledge: Knowledge, today: datetime.date) -> None:
    """SettingsError when people would be given what nobody has looked at, or not for too long."""
    wrong = [f"not checked: {name}" for name in reviews.unchecked(knowledge)]
    wrong += [f"review overdue since {date}: {name}" for name, date in _overdue(knowledge, today)]
    if wrong:
        more = len(wrong) - NAMED
        named = "\n".join([*wrong[:NAMED], *([f"and {more} more"] if more > 0 else [])])
        raise SettingsError(f"ENVIRONMENT=production: people have to look at these first (make review):\n{named}")


def _overdue(knowledge: Knowledge, today: datetime.date) -> list[tuple[str, str]]:
    allowed = datetime.timedelta(days=reviews.DUE_DAYS)
    return [(name, (reviewed + allowed).isoformat()) for name, reviewed in reviews.overdue(knowledge, today)]
