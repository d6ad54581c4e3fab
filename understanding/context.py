"""Whether a sign that was read is there: denied, over, somebody else's, only asked about, or unsure.

medspaCy's ConText finds the words around a sign that change its meaning (rules as data in `_context.yml`); the rules
here weigh them. Where they disagree or fall short, a sign counts as present: a miss costs more than a question.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spacy
from medspacy.context import ConText, ConTextRule
from spacy.tokens import Doc, Span

from reasoning.red_flags import flags
from reasoning.triage import Status
from understanding.bygone import Bygone
from understanding.bystanders import Bystanders
from understanding.denials import (
    OWN_DENIAL,
    answered_no,
    begins_anew,
    denied_before,
    denies_feeling,
    denies_loss,
    said_no,
)
from understanding.durations import Span as TimeSpan
from understanding.frames import Framer, Frames
from understanding.lay_language import FOLDER, TIME, Hit, read_yaml
from understanding.sentences import SHORT_SENTENCE, Sentence, contains
from understanding.subjects import LASTING, RUNS_IN_FAMILIES, SITUATION, Subjects
from understanding.tokens import Words

CHUNK_WORDS = 120  # words that ConText reads at once
# These do not lapse by being over: they need a look even when they have passed.
_KEEPS = frozenset(
    "major_trauma chest_pain tearing_pain breathless faint_collapse self_harm arm_or_stroke_signs bladder_leak "
    "bowel_or_rectal_feeling medicine_reaction_overdose bladder_retention inflammatory_back_pain".split()
)
# What these tell of is not mended by a word of well-being beside it.
_NEVER_WELL = frozenset({"self_harm", "major_trauma", "infection_risk", "anticoagulant"})
_WH = frozenset({"when", "why", "how", "where", "who"})
_SUPPOSES = frozenset("would could ever your someone somebody people person anyone generally usually patients".split())
_IF_SOMEBODY = (("if", "somebody"), ("if", "someone"), ("if", "anyone"), ("if", "people"), ("if", "a", "person"))
_FIRST_OBJECT = frozenset({"me", "my", "myself"})
_KNOWS = frozenset("know sure certain tell say unsure".split())
_NOT_KNOWN = frozenset("not cannot hard never".split())
_THEN_WHAT = frozenset("do what who where would whom".split())
_POSITION = frozenset(
    "wall chairs benches stools terrace bleachers stand tractor pew kneeling knelt cold ice snow sea car van plane "
    "airplane economy row arm cross tights desk conference lecture steps "
    "bus coach train flight cinema stool ride rode rowing hammock "
    "sat sitting sit chair toilet loo bench saddle bike cycling seat crossed slept lying squatting floor drive "
    "driving plane".split()
)
_LIST_LINKS = frozenset({",", "or", "nor", "and", "/", "any", "no", "&", "either"})


@dataclass(frozen=True)
class Judged:
    """A hit with its status and whose it is."""

    hit: Hit
    status: Status
    subject: str  # "self", "other", or "" when nobody is named


class Context:
    """Judges hits. Loads once; safe to share between threads."""

    def __init__(self, folder: Path = FOLDER, relatives: Iterable[str] = ()) -> None:
        data: dict[str, Any] = read_yaml(folder / "_context.yml")
        self._nlp = spacy.blank("en")
        self._context = ConText(
            self._nlp, rules=None, span_attrs=None, input_span_type="group", span_group_name="signs"
        )
        for rule in data["rules"]:
            self._context.add([_rule(rule, str(phrase)) for phrase in rule["phrases"]])
        self._first = frozenset(data["first_person"])
        self._third = frozenset(data["third_person"])
        self._starts = frozenset(data["question_starts"])
        self._states_now = frozenset(data["states_now"])
        self._relatives = frozenset(relatives)
        self._claims = [tuple(str(phrase).split()) for phrase in data["claims"]]
        self._framer = Framer(folder)
        self._bygone = Bygone(data, self._framer)
        self._subjects = Subjects(data, self._relatives)
        self._bystanders = Bystanders(data["animals"], data["machines"], self._relatives)
        self.vocabulary = {word for rule in data["rules"] for phrase in rule["phrases"] for word in str(phrase).split()}
        self.vocabulary |= self._framer.vocabulary

    def judge(self, found: Words, hits: Sequence[Hit], spans: Sequence[TimeSpan], back: Sequence[Hit]) -> list[Judged]:
        """A status for every hit. `spans` are the time spans of the text, `back` hits that speak of back trouble."""
        bounds = found.bounds
        subjects = {hit: self._subjects.of(found, hit) for hit in {*hits, *back}}
        own_trouble = any(subjects[hit] == "self" for hit in back) or any(
            subjects[hit] == "self" and hit.name not in SITUATION and hit.kind != TIME for hit in hits
        )
        patient_is_other = not own_trouble and (
            any(subjects[hit] == "other" for hit in back)
            or any(
                subjects[hit] == "other"
                and not flags()[hit.name].history
                and hit.name not in RUNS_IN_FAMILIES
                and not self._subjects.told_of_old(found, hit)
                for hit in hits
            )
        )
        judged: list[Judged] = []
        by_sentence: dict[int, list[Hit]] = {}
        for hit in hits:
            by_sentence.setdefault(found.sentence[hit.start], []).append(hit)
        by_span: dict[int, list[TimeSpan]] = {}
        for span in spans:
            by_span.setdefault(found.sentence[span.start], []).append(span)
        modifiers = self._modifiers(found, by_sentence)
        frames = self._framer.read(found)
        for sentence, group in by_sentence.items():
            start, end = bounds[sentence]
            following = found.words[slice(*bounds[sentence + 1])] if sentence + 1 in bounds else []
            near = by_span.get(sentence, []) + by_span.get(sentence + 1, [])
            view = Sentence(found, start, end, found.words[start:end], following, sentence in found.asks)
            statuses: list[Status] = []
            for hit in group:
                status = self._status(view, hit, modifiers.get(hit, ()), near)
                if status in (Status.PRESENT, Status.UNSURE, Status.SOMEONE_ELSE):
                    status = _framed(frames, hit, subjects[hit], status, own_trouble)
                other = subjects[hit] == "other"
                if other and status in (Status.PRESENT, Status.UNSURE) and not patient_is_other:
                    status = self._subjects.status_of_another(
                        found, hit, status, own_trouble=own_trouble, contrast=frames.contrast
                    )
                statuses.append(status)
            statuses = _spread(found.words, group, statuses)
            judged += [Judged(hit, status, subjects[hit]) for hit, status in zip(group, statuses, strict=True)]
        return judged

    def frames(self, found: Words) -> Frames:
        """What the stretches of a message are about."""
        return self._framer.read(found)

    def _modifiers(self, found: Words, by_sentence: dict[int, list[Hit]]) -> dict[Hit, list[tuple[str, int, int]]]:
        bounds = found.bounds
        around: dict[Hit, list[tuple[str, int, int]]] = {}
        chunk: list[int] = []
        size = 0
        for sentence in sorted(by_sentence):
            length = bounds[sentence][1] - bounds[sentence][0]
            # ConText compares its words pairwise: a bounded chunk keeps the whole linear.
            if chunk and size + length > CHUNK_WORDS:
                self._modify(found, chunk, by_sentence, around)
                chunk, size = [], 0
            chunk.append(sentence)
            size += length
        if chunk:
            self._modify(found, chunk, by_sentence, around)
        return around

    def _modify(
        self,
        found: Words,
        chunk: Sequence[int],
        by_sentence: dict[int, list[Hit]],
        around: dict[Hit, list[tuple[str, int, int]]],
    ) -> None:
        bounds = found.bounds
        words: list[str] = []
        starts: list[bool] = []
        offsets: dict[int, int] = {}
        for sentence in chunk:
            start, end = bounds[sentence]
            offsets[sentence] = start - len(words)
            words += found.words[start:end]
            starts += [True] + [False] * (end - start - 1)
        doc = Doc(self._nlp.vocab, words=words, sent_starts=starts)
        hits = [hit for sentence in chunk for hit in by_sentence[sentence]]
        doc.spans["signs"] = [
            # A hit may reach over the end of its sentence ("a week. Now it is another one").
            Span(
                doc,
                hit.start - offsets[number],
                min(hit.end, found.bounds[number][1]) - offsets[number],
                label=str(index),
            )
            for index, hit in enumerate(hits)
            for number in (found.sentence[hit.start],)
        ]
        self._context(doc)
        for target, modifier in doc._.context_graph.edges:
            start, end = modifier.modifier_span
            if target.start <= start < target.end:
                continue  # the words belong to the sign itself ("no feeling")
            hit = hits[int(target.label_)]
            offset = offsets[found.sentence[hit.start]]
            around.setdefault(hit, []).append((modifier.category.lower(), start + offset, end + offset))

    def _status(
        self, view: Sentence, hit: Hit, around: Sequence[tuple[str, int, int]], spans: Sequence[TimeSpan]
    ) -> Status:
        categories = {category for category, start, end in around if self._counts(view, hit, category, start, end)}
        if "other" in categories or self._bystanders.speak(view.found, hit):
            return Status.SOMEONE_ELSE
        if "negated_whole" in categories:
            return Status.DENIED
        if hit.name == "self_harm" and any(contains(view.words, phrase) for phrase in _IF_SOMEBODY):
            return Status.ASKED_ABOUT
        asked = not categories.isdisjoint(("asked_if", "asked_info", "asked_question", "asked_future"))
        if asked and hit.name != "self_harm" and not self._claimed(view, hit):
            return Status.ASKED_ABOUT
        if (
            "negated" in categories
            or (hit.negated and not begins_anew(view.found.words, hit.start + 1, hit))
            or denied_before(view, hit)
            or denies_feeling(view, hit)
            or denies_loss(view, hit)
            or said_no(view, hit)
            or answered_no(view)
        ):
            return Status.DENIED
        if self._bygone.is_over(view, hit, categories, spans):
            return Status.PAST
        if (
            hit.kind == "present"
            and self._bygone.gone_after(view, hit)
            and hit.name not in _KEEPS | SITUATION
            and not flags()[hit.name].history
        ):
            positional = not _POSITION.isdisjoint(view.words)
            emergency = flags()[hit.name].level_if_unknown.emergency
            return Status.PAST if positional or not emergency else Status.UNSURE
        general = self._general_question(view, hit) or _supposes(view, hit)
        if general and hit.name != "self_harm" and not self._claimed(view, hit):
            return Status.ASKED_ABOUT
        return Status.UNSURE if "unsure" in categories else Status.PRESENT

    def _claimed(self, view: Sentence, hit: Hit) -> bool:
        """As in "what does it mean if both legs go weak, mine did this morning"."""
        after = [*view.words[hit.end - view.start :], *view.following[:SHORT_SENTENCE]]
        return any(contains(after, phrase) for phrase in self._claims)

    def _counts(self, view: Sentence, hit: Hit, category: str, start: int, end: int) -> bool:
        words = view.found.words
        if category == "negated" and end <= hit.start:
            if words[hit.start] in OWN_DENIAL and hit.start - end >= 1:
                return False
            return not (self._restarts(words, end, hit, view) or begins_anew(words, end, hit))
        if category == "other" and not _FIRST_OBJECT.isdisjoint(words[max(end, hit.start) : hit.end]):
            return False  # "the horse threw me"
        if category == "asked_if":
            return self._only_if(view, start) and not _doubts(words[view.start : start])
        if category == "asked_future":
            return self._question_like(view)
        if category in ("asked_info", "asked_question"):
            low, high = min(end, hit.start), max(hit.end, start)
            if any(word in self._first for word in words[low : min(view.end, high + 1)]):
                return False
            return category == "asked_info" or self._question_like(view)
        return True

    def _restarts(self, words: Sequence[str], after: int, hit: Hit, view: Sentence) -> bool:
        """Whether a comma parts the denial from the sign and the sign's own part says that it is there now."""
        comma = next((index for index in range(hit.start - 1, after - 1, -1) if words[index] == ","), None)
        if comma is None:
            return False
        rest = words[comma + 1 : view.end]
        stop = rest.index(",") if "," in rest else len(rest)
        part = rest[:stop]
        if {"or", "nor"} & set(words[comma + 1 : view.end]):
            return False
        return any(word in self._states_now for word in part)

    def _question_like(self, view: Sentence) -> bool:
        return view.asks or any(word in self._starts for word in view.words[:3])

    def _only_if(self, view: Sentence, start: int) -> bool:
        before = view.found.words[view.start : start + 3]
        return (
            view.asks
            or any(
                word in self._starts
                or word in ("worry", "worried", "case", "imagine", "suppose", "wondering", "wonder", "know")
                for word in before
            )
            or any(word in ("will", "would", "should") for word in view.words)
        )

    def _general_question(self, view: Sentence, hit: Hit) -> bool:
        words = view.words
        supposed = bool(words) and words[0] in _WH and not _SUPPOSES.isdisjoint(words)
        if not words or words[0] not in (
            *((words[0],) if supposed else ()),
            "is",
            "are",
            "does",
            "do",
            "can",
            "could",
            "would",
            "will",
            "should",
            "what",
            "which",
        ):
            return False
        if words[1:2] and words[1] in ("hardly", "barely", "only", "no", "not", "scarcely", "never", "be"):
            return False
        if any(word in self._first or word in self._third or word in self._relatives for word in words):
            return False
        return words[:2] != ["what", "to"] and not (
            {"this", "these"} & set(view.found.words[max(view.start, hit.start - 3) : hit.start])
        )


def _framed(frames: Frames, hit: Hit, subject: str, status: Status, own_trouble: bool) -> Status:
    """The status of a sign in its frame: in a part that is well, in a lesson, in a time long gone."""
    if hit.name in SITUATION or hit.name in LASTING:
        return status
    if status is Status.SOMEONE_ELSE:
        return Status.ASKED_ABOUT if frames.is_told_of(hit) else status
    if hit.name not in _NEVER_WELL and not flags()[hit.name].history and frames.is_well(hit):
        return Status.DENIED
    if frames.is_told_of(hit) or (frames.lesson and subject == "" and not own_trouble):
        return Status.ASKED_ABOUT
    if flags()[hit.name].history:
        return status
    if frames.is_long_gone(hit) and (hit.name != "self_harm" or frames.well_since):
        return Status.PAST
    return status


def _rule(rule: dict[str, Any], phrase: str) -> ConTextRule:
    direction = {"both": "BIDIRECTIONAL"}.get(rule["direction"], rule["direction"].upper())
    return ConTextRule(
        phrase,
        rule["category"].upper(),
        pattern=[{"LOWER": word} for word in phrase.split()],
        direction=direction,
        max_scope=rule.get("reach"),
    )


def _supposes(view: Sentence, hit: Hit) -> bool:
    """As in "should my legs go numb, do I call someone?": "should" at the beginning means "if"."""
    after = view.found.words[hit.end : view.end]
    asks_what = "," in after and not _THEN_WHAT.isdisjoint(after[after.index(",") :])
    return view.words[:1] == ["should"] and view.asks and asks_what


def _doubts(before: Sequence[str]) -> bool:
    """As in "I do not know if": what follows is not supposed but doubted."""
    return any(
        word in _KNOWS and (word == "unsure" or not _NOT_KNOWN.isdisjoint(before[max(0, index - 2) : index]))
        for index, word in enumerate(before)
    )


def _spread(words: Sequence[str], hits: Sequence[Hit], statuses: list[Status]) -> list[Status]:
    """A denial goes on over the rest of a list ("have not wet or soiled myself")."""
    order = sorted(range(len(hits)), key=lambda index: hits[index].start)
    result = list(statuses)
    for before, after in itertools.pairwise(order):
        between = words[hits[before].end : hits[after].start]
        if (
            result[before] is Status.DENIED
            and result[after] is Status.PRESENT
            and between
            and all(word in _LIST_LINKS for word in between)
            and ("," in between or "or" in between or "nor" in between)
            and words[hits[after].start] not in OWN_DENIAL
        ):
            result[after] = Status.DENIED
    return result
