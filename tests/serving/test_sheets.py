"""The sheet as it is drawn: one page on either paper, tagged, with all its words, whatever was typed."""

from __future__ import annotations

import ctypes
import datetime
import io
import itertools
import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image

from reasoning import clock, sheet
from reasoning import knowledge as knowledge_room
from reasoning.case import Case, Interview
from reasoning.diary import Note
from reasoning.triage import Finding, Status, flags
from serving import sheets

KNOWLEDGE = knowledge_room.shared()
NOW = datetime.datetime(2026, 11, 24, 16, 30, tzinfo=datetime.UTC)
SIZES = {"a4": (595, 842), "us-letter": (612, 792)}  # points
HOSTILE = [
    "Robert'); DROP TABLE events;--",
    '#set page(width: 1cm) #panic("x") $x$ *b* @ref <label> `raw` \\ // /* */',
    "<script>alert(1)</script> {{7*7}} %s %n ${jndi:ldap://x}",
    "\u202ereversed\u202c zero\u200bwidth e" + "\u0301" * 500,
    "漢字 العربية हिन्दी 😀👩‍👩‍👧 𝔘𝔫𝔦 \ud800",
    "\x00\x01\x1b[31m\ufffe\U0010ffff",
    "A" * 10_000,
    "word " * 2_000,
]


def _diary(count: int) -> tuple[Note, ...]:
    pains = itertools.cycle((8, 7, 7, 5, 6, 4, 3, 2))
    return tuple(
        Note(
            at=clock.written(NOW - datetime.timedelta(days=count - number)),
            pain=next(pains),
            feel=("better", "same", "worse")[number % 3],
            tried=("stretches", "epsom_bath")[number % 2],
        )
        for number in range(count)
    )


def _usual() -> Case:
    return Case(
        findings=(
            Finding("night_or_constant_pain", Status.PRESENT, evidence="It wakes me at 3 every night"),
            Finding("chest_pain", Status.DENIED, evidence="no chest pain"),
        ),
        user_facts=("diabetes",),
        age=54,
        days=2,
        activity="golf",
        back_trouble=True,
        interview=Interview(state="done"),
        diary=_diary(8),
    )


def _crammed(typed: str) -> Case:
    statuses = itertools.cycle((Status.PRESENT, Status.UNSURE, Status.PAST))
    facts = list(KNOWLEDGE.user_facts)[1:]
    return Case(
        findings=tuple(Finding(slug, next(statuses), evidence=typed) for slug in flags()),
        user_facts=tuple(facts[: len(facts) // 2]),
        not_user_facts=tuple(facts[len(facts) // 2 :]),
        about_someone_else=True,
        age=99,
        weeks=20,
        diary=_diary(200),
    )


def _words(content: bytes) -> str:
    document = pypdfium2.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_range() for page in document)
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("paper", SIZES)
def test_it_is_one_page_of_the_paper_with_all_its_words(paper: sheets.Paper) -> None:
    """The text of the PDF is the text of the sheet, line by line."""
    content = sheets.pdf(KNOWLEDGE, _usual(), NOW, paper)
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    assert tuple(round(points) for points in document[0].get_size()) == SIZES[paper]
    words = _words(content)
    made = sheet.make(KNOWLEDGE, _usual(), NOW)
    for line in (made.title, made.made, made.notice, *(part.title for part in made.sections)):
        assert re.sub(r"\s+", "", line) in words
    for line in (line for part in made.sections for line in part.lines):
        assert re.sub(r"\s+", "", sheet.written(line)) in words


def test_it_is_tagged_accessible_and_its_font_is_embedded() -> None:
    """PDF/UA-1 in its own metadata, a language, a title, structure, the alt text of the plot, fonts inside."""
    content = sheets.pdf(KNOWLEDGE, _usual(), NOW)
    document = pypdfium2.PdfDocument(content)
    assert document.is_tagged()
    assert document.get_metadata_value("Title") == sheet.make(KNOWLEDGE, _usual(), NOW).title
    assert b"<pdfuaid:part>1</pdfuaid:part>" in content
    fonts = {obj.get_font().get_base_name() for obj in document[0].get_objects() if hasattr(obj, "get_font")}
    assert fonts
    assert all("DejaVuSans" in font for font in fonts)
    tree = _tags(document[0])
    assert {"H1", "H2", "L", "LI", "Figure"} <= set(tree)
    assert "From 8 to 2 out of 10" in tree["Figure"]


def _tags(page: Any) -> dict[str, str]:
    """Types of the structure elements of a page, each with the alt text of its last one."""
    raw = pypdfium2.raw
    found: dict[str, str] = {}

    def text(read: Any, element: Any) -> str:
        buffer = (ctypes.c_ubyte * read(element, None, 0))()
        read(element, buffer, len(buffer))
        return bytes(buffer).decode("utf-16-le").rstrip("\0")

    def walk(element: Any) -> None:
        found[text(raw.FPDF_StructElement_GetType, element)] = text(raw.FPDF_StructElement_GetAltText, element)
        for number in range(max(0, raw.FPDF_StructElement_CountChildren(element))):
            child = raw.FPDF_StructElement_GetChildAtIndex(element, number)
            if child:
                walk(child)

    tree = raw.FPDF_StructTree_GetForPage(page)
    for number in range(raw.FPDF_StructTree_CountChildren(tree)):
        walk(raw.FPDF_StructTree_GetChildAtIndex(tree, number))
    raw.FPDF_StructTree_Close(tree)
    return found


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_whatever_was_typed_it_stays_one_page(typed: str) -> None:
    """Every sign with a hostile quotation, every fact, 200 scores; then a single one, which is quoted."""
    crammed = pypdfium2.PdfDocument(sheets.pdf(KNOWLEDGE, _crammed(typed), NOW, "us-letter"))
    assert len(crammed) == 1
    single = Case(findings=(Finding("chest_pain", Status.PRESENT, evidence=typed),))
    assert len(pypdfium2.PdfDocument(sheets.pdf(KNOWLEDGE, single, NOW))) == 1


def test_markup_that_was_typed_is_shown_and_not_obeyed() -> None:
    """What looks like commands of the typesetter is a quotation."""
    case = Case(findings=(Finding("chest_pain", Status.PRESENT, evidence=HOSTILE[1]),))
    content = sheets.pdf(KNOWLEDGE, case, NOW)
    assert "#setpage(width:1cm)" in _words(content)
    assert tuple(round(points) for points in pypdfium2.PdfDocument(content)[0].get_size()) == SIZES["a4"]


def test_what_was_shortened_says_so() -> None:
    """Both ways: a long quotation, and quotations that found no room."""
    long = Case(findings=(Finding("chest_pain", Status.PRESENT, evidence="so long " * 1300),))
    assert "…(shortened)" in _words(sheets.pdf(KNOWLEDGE, long, NOW))
    assert "leftouthere" in _words(sheets.pdf(KNOWLEDGE, _crammed("so long " * 1300), NOW))


def test_nothing_runs_over_the_edge() -> None:
    """The margin of the drawn page is white all round, also when crammed."""
    for case in (_usual(), _crammed("A" * 10_000)):
        page = pypdfium2.PdfDocument(sheets.pdf(KNOWLEDGE, case, NOW))[0]
        image = page.render(scale=2).to_pil().convert("L")
        width, height = image.size
        inside = image.point(lambda value: 255 if value < 250 else 0).getbbox()
        assert inside is not None
        left, top, right, bottom = inside
        assert min(left, top) > 40
        assert right < width - 40
        assert bottom < height - 40


def test_a_character_that_the_font_lacks_is_a_square() -> None:
    """Never a hole that hides that something was written."""
    case = Case(findings=(Finding("chest_pain", Status.PRESENT, evidence="pain 漢字"),))
    assert "pain□□" in _words(sheets.pdf(KNOWLEDGE, case, NOW))


def test_the_picture_of_the_scores_has_its_numbers_as_text() -> None:
    """A PNG that is no blank, and an alt text with every number."""
    made = sheets.picture(_usual(), NOW)
    assert made is not None
    content, alt = made
    image = Image.open(io.BytesIO(content))
    assert image.format == "PNG"
    assert len(image.convert("RGB").getcolors(100_000) or ()) > 10
    assert len(re.findall(r"\d\d? Nov \d\d:\d\d: \d", alt)) == 8
    assert sheets.picture(Case(), NOW) is None


def test_one_score_is_a_point() -> None:
    """No line can be drawn through it, and no width divides by zero."""
    case = Case(diary=_diary(1))
    assert sheets.picture(case, NOW) is not None
    assert "onescore" in _words(sheets.pdf(KNOWLEDGE, case, NOW))


def test_an_error_says_nothing_of_what_was_typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The typesetter's own message would quote it."""
    (tmp_path / "sheet.typ").write_text("#panic(json(bytes(sys.inputs.sheet)).sections)", encoding="utf-8")
    monkeypatch.setattr(sheets, "LAYOUT", tmp_path)
    with pytest.raises(sheets.SheetError) as caught:
        sheets.pdf(KNOWLEDGE, _usual(), NOW)
    assert str(caught.value) == "TypstError"


@pytest.mark.parametrize(("country", "paper"), [("US", "us-letter"), ("ca", "us-letter"), ("GB", "a4"), ("", "a4")])
def test_the_paper_is_that_of_the_country(country: str, paper: str) -> None:
    """A4 where it is not known."""
    assert sheets.paper_of(country) == paper
