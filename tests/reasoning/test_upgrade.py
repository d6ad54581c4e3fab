"""A conversation that began under an earlier version goes on, or begins again kindly, and never fails open."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from reasoning import intake, interview
from reasoning import knowledge as knowledge_room
from reasoning.case import Coaching, Hold, Offer, Said
from reasoning.interview import Item, Page
from reasoning.reading import Reading
from reasoning.triage import Finding, Status
from reasoning.upgrade import AGAIN, TOLD, fitted
from tests.reasoning.talks import Talk, found
from tests.reasoning.test_random_walks import Walk

KNOWN = knowledge_room.shared()
PAGES = interview.pages()
GONE = Finding("sign_of_before", Status.PRESENT)


@pytest.fixture
def lists(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Lists that a test may change, as a new version would."""
    yield monkeypatch
    monkeypatch.undo()
    interview.stamp.cache_clear()


def _become(lists: pytest.MonkeyPatch, *pages: Page) -> None:
    lists.setattr(interview, "pages", lambda: pages)
    interview.stamp.cache_clear()


def _without(page: Page, number: int) -> Page:
    return page.copy(update={"items": tuple(item for n, item in enumerate(page.items) if n != number)})


def _asked() -> Talk:
    """Somebody who sees the first list."""
    talk = Talk()
    talk.say("my back is in spasm", act="begin_interview", back_trouble=True)
    assert talk.case.interview.state == "open"
    return talk


def _answered() -> Talk:
    """Somebody who has answered all lists with none."""
    talk = _asked()
    while talk.case.interview.state == "open":
        talk.turn(Reading(text="none", screened=True, ticked=()))
    assert talk.case.interview.state == "done"
    return talk


def test_nothing_is_changed_where_nothing_has_changed() -> None:
    """Whatever a person does, a case of this version fits."""
    for seed in range(4):
        walk = Walk(random.Random(seed), calm=bool(seed % 2))  # noqa: S311  to be repeated, nothing secret
        for _ in range(400):
            walk.step()
            assert fitted(KNOWN, walk.talk.case) is walk.talk.case


def test_none_of_these_denies_only_what_was_seen(lists: pytest.MonkeyPatch) -> None:
    """A sign that is new in the list was not in the list that the person saw."""
    new = PAGES[0].items[0]
    _become(lists, _without(PAGES[0], 0), *PAGES[1:])
    talk = _asked()
    _become(lists, *PAGES)
    talk.case = fitted(KNOWN, talk.case)
    assert talk.case.upgraded == AGAIN
    talk.turn(Reading(text="none", screened=True, ticked=()))
    assert talk.case.status_of(str(new.flag)) is None
    assert talk.case.interview.state == "open"
    assert talk.word("upgraded_again") in talk.text
    assert new.title in talk.text
    assert talk.case.upgraded == "", "told once"
    talk.turn(Reading(text="none", screened=True, ticked=()))
    assert talk.case.status_of(str(new.flag)) is Status.DENIED
    assert talk.word("upgraded_again") not in talk.text


def test_a_number_means_the_list_that_was_seen(lists: pytest.MonkeyPatch) -> None:
    talk = _asked()
    _become(lists, _without(PAGES[0], 0), *PAGES[1:])
    talk.case = fitted(KNOWN, talk.case)
    talk.say("2", act="", ordinals=(2,))
    assert talk.case.findings == ()
    assert talk.word("upgraded_again") in talk.text


def test_a_sign_of_danger_in_the_answer_counts_whatever_list_it_was(lists: pytest.MonkeyPatch) -> None:
    talk = _asked()
    seen = [offer for offer in talk.case.offers if offer.intent == "tick"]
    _become(lists, *PAGES[1:])
    talk.case = fitted(KNOWN, talk.case)
    saddle = next(offer for offer in seen if offer.value == "saddle_numbness")
    told = interview.told_by([saddle, Offer("1", "x", "tick", "gone"), Offer("2", "Numb", "show", "saddle_numbness")])
    assert [finding.flag for finding in told] == ["saddle_numbness"]
    talk.turn(Reading(text=saddle.title, screened=True, ticked=(saddle.value,), findings=told))
    assert intake.assess(talk.case).level.emergency
    assert "emergency" in {str(kind) for kind in talk.kinds}
    assert talk.word("upgraded_again") not in talk.text, "an emergency comes alone"


def test_no_plan_before_a_new_sign_of_danger_was_asked(lists: pytest.MonkeyPatch) -> None:
    _become(lists, _without(PAGES[0], 0), *PAGES[1:])
    talk = _answered()
    _become(lists, *PAGES)
    talk.case = fitted(KNOWN, talk.case)
    assert (talk.case.upgraded, talk.case.interview.state) == (TOLD, "none")
    talk.say("thanks", act="thank")
    assert talk.word("upgraded_told") in talk.text
    talk.say("show me my plan", act="show_plan")
    assert talk.case.interview.state == "open"
    assert PAGES[0].items[0].title in talk.text


def test_a_list_that_is_gone_changes_nothing_for_who_is_done(lists: pytest.MonkeyPatch) -> None:
    talk = _answered()
    _become(lists, *PAGES[1:])
    assert fitted(KNOWN, talk.case) is talk.case


def test_what_this_version_cannot_judge_is_asked_again(lists: pytest.MonkeyPatch) -> None:
    """A sign or a fact that it does not know: without the questions there is no plan."""
    done = _answered().case
    for case in (done.with_(findings=(*done.findings, GONE)), done.with_(user_facts=("fact_of_before",))):
        talk = Talk(fitted(KNOWN, case))
        assert (talk.case.upgraded, talk.case.interview.state) == (TOLD, "none")
        assert {finding.flag for finding in talk.case.findings} == {finding.flag for finding in done.findings}
        assert talk.case.user_facts == ()
        talk.say("show me my plan", act="show_plan")
        assert talk.messages
    denied = done.with_(findings=(*done.findings, replace(GONE, status=Status.DENIED)))
    assert fitted(KNOWN, denied).interview.state == "done"


def test_what_points_at_something_gone_points_at_nothing() -> None:
    case = _asked().case.with_(
        hold=Hold("sign_of_before", "E1", "x"),
        asking_flag="sign_of_before",
        asking="topic_of_before",
        said=Said("topic_of_before", ("a",)),
        coaching=Coaching("on", ("stretch_of_before",)),
        findings=(found("saddle_numbness", "detail_of_before"), GONE),
    )
    talk = Talk(fitted(KNOWN, case))
    assert (talk.case.hold, talk.case.asking_flag, talk.case.asking) == (None, "", "")
    assert (talk.case.said.file, talk.case.coaching) == ("", Coaching())
    assert [(finding.flag, finding.details) for finding in talk.case.findings] == [("saddle_numbness", frozenset())]
    talk.say("is that ok?", act="follow_up")
    assert intake.assess(talk.case).level.emergency


def test_an_item_is_in_the_stamp() -> None:
    assert interview.stamp() == interview.stamp()
    assert all(isinstance(item, Item) for page in PAGES for item in page.items)
