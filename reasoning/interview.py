"""The safety interview: which list is asked next, and what an answer to it says.

Pages and their words stand in `knowledge/interview.yml`. What was said already is not asked again; "not sure" opens a
list's items one by one; what is still unsure counts as yes (triage_rules.md, rules 3 and 4).
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from reasoning.case import Case, Interview, Offer
from reasoning.reading import Reading
from reasoning.strict_yaml import FOLDER, KnowledgeError, Strict, build, line_of, read_yaml
from reasoning.triage import Finding, Status, flags, merge

MAX_QUESTIONS = 10  # issue and features.md: no person in pain answers more
MAX_MISSES = 2

NONE, NOT_SURE, SKIP = "none", "not_sure", "skip"
# What a sentence may say of a sign that answers the question for it; "should I worry if ..." does not.
ANSWERING = (Status.PRESENT, Status.DENIED, Status.PAST, Status.UNSURE)


class Item(Strict):
    """A line of a tick-list: a red flag, a detail of one, or a user fact."""

    flag: str | None = None
    detail: str | None = None
    fact: str | None = None
    title: str

    @property
    def key(self) -> str:
        """What its tick stands for."""
        return self.fact or (f"{self.flag}:{self.detail}" if self.detail else str(self.flag))


class Page(Strict):
    """A tick-list. An emergency page cannot be skipped; `when_present` names the flag that opens a page of details."""

    id: str
    emergency: bool
    when_present: str | None = None
    asks: str
    why: str
    items: tuple[Item, ...]


@functools.cache
def pages(path: Path = FOLDER / "interview.yml") -> tuple[Page, ...]:
    """The pages in the order of asking; KnowledgeError names the line of a wrong one."""
    data = read_yaml(path)
    found = tuple(build(Page, item, path) for item in data["pages"])
    if len({page.id for page in found}) < len(found):
        raise KnowledgeError(f"{path.name}:{line_of(data, ['pages'])}: a page stands twice")
    for number, page in enumerate(found):
        _refuse_unknown(page, f"{path.name}:{line_of(data['pages'][number])}")
    return found


def _refuse_unknown(page: Page, place: str) -> None:
    for slug in (page.when_present, *(item.flag for item in page.items)):
        if slug is not None and slug not in flags():
            raise KnowledgeError(f"{place}: unknown flag {slug}")
    for item in page.items:
        if bool(item.flag) == bool(item.fact):
            raise KnowledgeError(f"{place}: an item is a flag or a fact: {item.title}")
        if item.detail is not None and item.detail not in flags()[str(item.flag)].details:
            raise KnowledgeError(f"{place}: unknown detail {item.detail}")


@functools.cache
def stamp() -> str:
    """Of the lists as they are now: another when a list or an item is added, removed or moved."""
    shape = [(page.id, page.when_present, page.emergency, [item.key for item in page.items]) for page in pages()]
    return hashlib.sha256(json.dumps(shape).encode()).hexdigest()[:12]


@functools.cache
def titles() -> frozenset[str]:
    """The titles of all items: evidence that is one of these was ticked or answered, not written."""
    return frozenset(item.title for page in pages() for item in page.items)


def page_of(page_id: str) -> Page | None:
    """The page of that id."""
    return next((page for page in pages() if page.id == page_id), None)


def begin(case: Case) -> Case:
    """Open a fresh interview: a second run starts clean, but what was said in free text stays known."""
    return move_on(case.with_(interview=Interview(state="open")))


def move_on(case: Case) -> Case:
    """Go to the next page that still has something to ask; `done` when there is none."""
    state = case.interview
    if state.unsure and state.questions < MAX_QUESTIONS - _lists_to_come(case):
        following = replace(state, item=state.unsure[0], unsure=state.unsure[1:], misses=0)
        return case.with_(interview=replace(following, questions=state.questions + 1))
    if state.unsure:  # no question is left for them: doubt counts as yes
        page = page_of(state.page)
        left = [item for item in page.items if item.key in state.unsure] if page else []
        case = _record_items(case, left, Status.UNSURE)
        state = replace(state, unsure=())
    for page in pages():
        if page.id not in state.asked and open_items(case, page):
            # Only the details of a flag can be cut off by the limit, and then the level for unknown details holds.
            if state.questions >= MAX_QUESTIONS:
                break
            questions = state.questions + 1
            return case.with_(
                interview=replace(state, page=page.id, item="", misses=0, questions=questions, state="open")
            )
    return case.with_(interview=replace(state, page="", item="", misses=0, state="done"))


def _lists_to_come(case: Case) -> int:
    """Lists that every interview asks and this one has not: asking one by one must leave a question for each."""
    return sum(
        1
        for page in pages()
        if page.id not in case.interview.asked and not page.when_present and open_items(case, page)
    )


def open_items(case: Case, page: Page) -> tuple[Item, ...]:
    """The items of a page that were not spoken of yet."""
    if page.id == case.interview.reopened:
        return page.items
    if page.when_present:
        known = next((finding for finding in case.findings if finding.flag == page.when_present), None)
        if known is None or known.status is not Status.PRESENT or known.details:
            return ()
        return page.items
    return tuple(item for item in page.items if not _known(case, item))


def _known(case: Case, item: Item) -> bool:
    if item.fact:
        if item.fact in ("under_18", "age_65_plus") and case.age is not None:
            return True
        return item.fact in case.user_facts or item.fact in case.not_user_facts
    return case.status_of(str(item.flag)) in (Status.PRESENT, Status.DENIED, Status.UNSURE)


def current_items(case: Case) -> tuple[Item, ...]:
    """What is being asked: after "not sure" one item (all that share its key), else the open items of the page."""
    page = page_of(case.interview.page)
    if page is None:
        return ()
    if case.interview.item:
        return tuple(item for item in page.items if item.key == case.interview.item)
    return open_items(case, page)


def progress(case: Case) -> tuple[int, int]:
    """Number of the page being asked and how many there are, pages of details counted when they are open."""
    counted = {page.id for page in pages() if page.id in case.interview.asked or page.id == case.interview.page}
    coming = [p for p in pages() if p.id not in counted and not p.when_present and open_items(case, p)]
    return max(len(counted), 1), max(len(counted) + len(coming), 1)


def answer(case: Case, reading: Reading, shown: tuple[Item, ...] | None = None) -> tuple[Case, bool]:
    """Take an answer to the present question.

    `shown` are the items as the person saw them, numbered from 1: what the same message told may have closed some.
    Returns the case after it and whether the answer was usable. The findings of the text itself are in the case
    already (they are merged for every message); here only what the answer says of the items asked is added.
    """
    items = current_items(case)
    shown = items if shown is None else shown
    choice = _choice(reading, shown)
    if case.interview.item:
        return _answer_single(case, items, choice, reading)
    # What is ticked counts, even beside "none of these" or "not sure".
    picked = [item for item in shown if item.key in choice]
    rest = [item for item in items if item not in picked]
    if NOT_SURE in choice:
        unsure = tuple(dict.fromkeys(item.key for item in rest))
        return move_on(_leave_page(_record_items(case, picked, Status.PRESENT), unsure)), True
    if picked or NONE in choice:
        case = _record_items(_record_items(case, rest, Status.DENIED), picked, Status.PRESENT)
        return move_on(_leave_page(case, ())), True
    if SKIP in choice and not _must_be_asked(case):
        return move_on(_leave_page(case, ())), True
    return _answer_by_words(case, reading)


def _must_be_asked(case: Case) -> bool:
    """A list of emergency signs cannot be skipped."""
    page = page_of(case.interview.page)
    return page is not None and page.emergency


def _choice(reading: Reading, items: tuple[Item, ...]) -> frozenset[str]:
    if reading.ticked is not None:
        return frozenset(reading.ticked) or frozenset({NONE})
    if reading.pressed:
        return frozenset({reading.pressed})
    if reading.ordinals:
        numbers = [number - 1 if number > 0 else len(items) + number for number in reading.ordinals]
        return frozenset(items[number].key for number in numbers if 0 <= number < len(items))
    if reading.findings:
        return frozenset()  # "no numbness, but ..." is read by its findings, not by its "no"
    if reading.act == "affirm" and len({item.key for item in items}) == 1:
        return frozenset({items[0].key})
    return frozenset({"deny": {NONE}, "not_sure": {NOT_SURE}, "affirm": {NOT_SURE}}.get(reading.act, ()))


def _answer_single(case: Case, items: tuple[Item, ...], choice: frozenset[str], reading: Reading) -> tuple[Case, bool]:
    item = items[0]
    if item.key in choice or NOT_SURE in choice:
        status = Status.PRESENT if item.key in choice else Status.UNSURE
        return move_on(_record_items(case, items, status)), True
    if NONE in choice:
        return move_on(_record_items(case, items, Status.DENIED)), True
    if _answered_by_words(case, item, reading):
        return move_on(case), True
    return _missed(case), False


def _answered_by_words(case: Case, item: Item, reading: Reading) -> bool:
    if item.fact:
        return _known(case, item)
    told = [f for f in reading.findings if f.flag == item.flag and f.status in ANSWERING]
    return any(item.detail is None or item.detail in f.details or f.status is not Status.PRESENT for f in told)


def _answer_by_words(case: Case, reading: Reading) -> tuple[Case, bool]:
    page = page_of(case.interview.page)
    told = {finding.flag for finding in reading.findings if finding.status in ANSWERING}
    if page is None or not (told or reading.age is not None):
        return _missed(case), False
    asks_age = any(item.fact for item in page.items)
    of_this_page = told & {item.flag for item in page.items} or (asks_age and reading.age is not None)
    if not of_this_page or (page.emergency and page.id != case.interview.reopened and open_items(case, page)):
        # One sign was spoken of, here or from another list; silence on the others is no "no".
        return case.with_(interview=replace(case.interview, misses=0)), True
    return move_on(_leave_page(case, ())), True


def _missed(case: Case) -> Case:
    return case.with_(interview=replace(case.interview, misses=case.interview.misses + 1))


def _leave_page(case: Case, unsure: tuple[str, ...]) -> Case:
    state = case.interview
    return case.with_(interview=replace(state, asked=(*state.asked, state.page), unsure=unsure, reopened=""))


def back(case: Case, page_id: str = "") -> Case:
    """Ask an earlier page again (the last one, when none is named); answers that hang on it are asked again too.

    The old answers stay until new ones replace them: going back and skipping must not lose a "yes".
    """
    state = case.interview
    target = page_of(page_id or (state.asked[-1] if state.asked else state.page))
    if target is None:
        return begin(case)
    flags = {item.flag for item in target.items if item.flag}
    hanging = {page.id for page in pages() if page.when_present in flags}
    asked = tuple(page for page in state.asked if page != target.id and page not in hanging)
    return case.with_(
        interview=replace(
            state, asked=asked, page=target.id, item="", unsure=(), misses=0, state="open", reopened=target.id
        )
    )


def _record_items(case: Case, items: Iterable[Item], status: Status) -> Case:
    findings: dict[str, Finding] = {}
    items = tuple(items)
    if case.interview.page == case.interview.reopened:
        case = case.without_findings(item.flag for item in items if item.flag)
    for item in items:
        if item.fact:
            kept, other = ("user_facts", "not_user_facts")[:: -1 if status is Status.DENIED else 1]
            case = case.with_(
                **{
                    kept: tuple(dict.fromkeys((*getattr(case, kept), item.fact))),
                    other: tuple(fact for fact in getattr(case, other) if fact != item.fact),
                }
            )
        else:
            findings[item.key] = _key_finding(item.key, status, {item.key: item.title})
    return _record(case, findings.values())


def told_by(ticked: Iterable[Offer]) -> tuple[Finding, ...]:
    """The danger signs that these ticks tell of, whatever list they stand in, or stood in an earlier version."""
    found = []
    for offer in ticked:
        flag, _, detail = offer.value.partition(":")
        if offer.intent == "tick" and flag in flags():
            details = frozenset({detail}) & flags()[flag].details
            found.append(Finding(flag, Status.PRESENT, details, offer.title))
    return tuple(found)


def unasked(case: Case) -> bool:
    """Whether a list of emergency signs holds one that was never spoken of."""
    return any(page.emergency and not page.when_present and open_items(case, page) for page in pages())


def _key_finding(key: str, status: Status, titles: dict[str, str]) -> Finding:
    flag, _, detail = key.partition(":")
    if detail:  # a page of details is only open while its flag is there
        no_detail = frozenset({"none_of_the_signs"}) if status is Status.DENIED else frozenset({detail})
        return Finding(flag, Status.PRESENT, no_detail, titles.get(key, ""))
    return Finding(flag, status, frozenset(), titles.get(key, ""))


def _record(case: Case, findings: Iterable[Finding]) -> Case:
    by_flag: dict[str, Finding] = {}
    for finding in findings:
        before = by_flag.get(finding.flag)
        details = (before.details if before else frozenset()) | finding.details
        if len(details) > 1:
            details -= {"none_of_the_signs"}
        by_flag[finding.flag] = replace(finding, details=details)
    return case.with_(findings=merge(case.findings, by_flag.values()))
