"""Puts together how a message is read: the watch first, then what it asks and what it tells of the person."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Sequence
from typing import Any

from reasoning.case import Case
from reasoning.knowledge import Knowledge
from reasoning.reading import Match, Reading
from understanding import activities, onset, ordinals
from understanding.clauses import clauses
from understanding.entries import EntrySelector
from understanding.screen import Screen, ScreenResult
from understanding.user_facts import UserFactReader

SHORT = 20  # words of a message that is one question
MAX_CLAUSES = 6  # the last ones: most people ask at the end
ONSET_WORDS = 12  # a message no longer than this may do nothing but name the time when it began
OPENS_A_QUESTION = frozenset(
    "what whats which how when why where who is are can could do does did should would will may might".split()
)
PERSONS = frozenset(
    "i im ive id ill my me mine myself we us our he she him his her hers they them their you dad mum mom father mother "
    "wife husband son daughter gran granny grandma grandad nan nana partner girlfriend boyfriend friend patient".split()
)
LEANS_ON_LAST = frozenset({"follow_up", "ask_why", "tell_me_more"})


class Reader:
    """Loads once; `screen` is the watch, `read` everything else."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Readers over this knowledge."""
        self.knowledge = knowledge
        self.watch = Screen()
        self.entries = EntrySelector()
        self.user_facts = UserFactReader()

    def screen(self, text: str) -> ScreenResult:
        """The danger signs in the raw text. Whatever goes wrong here must end in the safety text."""
        return self.watch.read(text)

    def screen_after_failure(self, text: str) -> ScreenResult:
        """The danger signs in the raw text when something has failed: by patterns alone if it was the encoder."""
        try:
            return self.watch.read(text)
        except Exception:  # whatever it is, the patterns need nothing but themselves
            return self.watch.read(text, by_patterns_alone=True)

    def read(
        self,
        text: str,
        screened: ScreenResult,
        parsed: dict[str, Any],
        case: Case,
        today: datetime.date | None = None,
    ) -> Reading:
        """The whole reading. `parsed` is Rasa's parse of the text, `today` the date on the person's calendar."""
        today = today or datetime.date.today()
        act = str((parsed.get("intent") or {}).get("name") or "")
        topics = tuple(topic["id"] for topic in parsed.get("topics") or ())
        person = self.user_facts.read(text)
        began, told = self._began(text, screened, today)
        return Reading(
            text=text,
            screened=True,
            findings=screened.findings,
            back_trouble=screened.has_back_trouble and not _of_nobody(text),
            days=began,
            onset_told=told,
            age=screened.age if screened.age is not None else person.age,
            weeks=screened.weeks_pregnant if screened.weeks_pregnant is not None else person.weeks,
            about_someone_else=screened.about_someone_else,
            act=act,
            confidence=float((parsed.get("intent") or {}).get("confidence") or 0.0),
            ranking=tuple(item["name"] for item in parsed.get("intent_ranking") or ()),
            topics=topics,
            files=self._files(parsed),
            activity=activities.read(text),
            user_facts=person.facts,
            denied_facts=person.denied,
            asks_in_general=person.in_general,
            ordinals=ordinals.read(text, act),
            matches=self._matches(text, act, topics, parsed, case),
        )

    def _began(self, text: str, screened: ScreenResult, today: datetime.date) -> tuple[float | None, bool]:
        """Days since the onset, where the message tells of them; whether it does so to tell or correct the onset."""
        if screened.days is None and len(text.split()) > ONSET_WORDS:
            return None, False
        words = self.watch.words(text).words
        told = onset.read(text, words, today)
        if told is not None:
            return told.days, True
        if screened.days is None:
            return None, False
        return onset.on_calendar(screened.days, words, datetime.date.today(), today), False

    def _files(self, parsed: dict[str, Any]) -> tuple[str, ...]:
        values = [str(entity.get("value")) for entity in parsed.get("entities") or ()]
        return tuple(dict.fromkeys(value for value in values if value in self.knowledge.topics))

    def _matches(
        self, text: str, act: str, topics: Sequence[str], parsed: dict[str, Any], case: Case
    ) -> tuple[Match, ...]:
        last = self.knowledge.topics.get(case.said.file)
        if act in LEANS_ON_LAST and last is not None:
            return self.entries.rank(text, [last.id], last.title)
        files = [file.id for topic in topics for file in self.knowledge.files_of(topic)]
        if not files:
            return ()
        # In a long story the question stands in one clause: the best likeness of any clause counts.
        best: dict[tuple[str, str], Match] = {}
        for span in (text, *_asking_clauses(text)):
            for match in self.entries.rank(span, files):
                key = (match.file, match.entry)
                if key not in best or match.score > best[key].score:
                    best[key] = match
        return tuple(sorted(best.values(), key=lambda match: -match.score))


def _of_nobody(text: str) -> bool:
    """One question in which no person occurs ("can a mild spasm be treated at home?") tells of nobody's back."""
    words = [word.strip("\"'.,;:!?()").lower().replace("\u2019", "'") for word in text.split()]
    if not words or words[0] not in OPENS_A_QUESTION or len(words) > SHORT:
        return False
    return not any(word in PERSONS or word.split("'")[0] in PERSONS for word in words)


def _asking_clauses(text: str) -> list[str]:
    if len(text.split()) <= SHORT:
        return []
    found = clauses(text)
    asking = [clause.text for clause in found if clause.asks] or [clause.text for clause in found]
    return asking[-MAX_CLAUSES:]


@functools.cache
def shared_reader() -> Reader:
    """The one reader of this process."""
    from reasoning import knowledge

    return Reader(knowledge.shared())
