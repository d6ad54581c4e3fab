"""Draws the sheet for a doctor, always on one page, and the picture of the pain scores. In memory: no file is written.

Typst makes tagged, accessible PDF (PDF/UA-1) and takes what people typed as data, never as markup. The font is DejaVu
Sans, which comes with matplotlib and is embedded. Where a page would overflow, quotations are shortened first, then the
type gets smaller.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import importlib.util
import json
from pathlib import Path
from typing import Any, Literal

import typst

from reasoning import sheet as sheets
from reasoning.case import Case
from reasoning.knowledge import Knowledge
from reasoning.sheet import Sheet

LAYOUT = Path(__file__).resolve().parent / "layout"
FONT = "DejaVuSans.ttf"
MISSING = "\N{WHITE SQUARE}"  # instead of a character that the font lacks
TOO_LONG = "page overflow"
# Characters of a quotation and size of the type in points, the most readable first. The last one fits whatever comes.
STEPS = ((140, 9.4), (140, 8.6), (140, 7.8), (80, 7.6), (50, 7.2), (25, 6.8), (0, 6.5), (0, 5.6))
PICTURE_PPI = 180.0

Paper = Literal["a4", "us-letter"]
LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "PH", "CL", "CO"})  # where paper is cut to Letter


class SheetError(RuntimeError):
    """A sheet that could not be drawn; the text says nothing of what stands in it."""


def paper_of(country: str) -> Paper:
    """The paper of a country; A4 where it is not known."""
    return "us-letter" if country.upper() in LETTER_COUNTRIES else "a4"


def pdf(knowledge: Knowledge, case: Case, now: datetime.datetime, paper: Paper = "a4") -> bytes:
    """The sheet of this case as PDF/UA-1 on one page. Takes about a tenth of a second: call it in a thread."""
    for quote, size in STEPS:
        made = sheets.make(knowledge, case, now, quote)
        try:
            return _compile("sheet.typ", {"sheet": json.dumps(_page(made, paper, size))}, pdf_standards="ua-1")
        except typst.TypstError as error:
            if TOO_LONG not in str(error):
                raise SheetError(type(error).__name__) from None  # its text quotes the data
    raise SheetError(TOO_LONG)


def text(knowledge: Knowledge, case: Case, now: datetime.datetime) -> str:
    """The sheet as plain text."""
    return sheets.text_of(sheets.make(knowledge, case, now))


def picture(case: Case, now: datetime.datetime) -> tuple[bytes, str] | None:
    """The pain scores as PNG, and its alt text with the numbers; None while there are none."""
    plot = sheets.pain_plot(case, now)
    if plot is None:
        return None
    try:
        return _compile("picture.typ", {"plot": json.dumps(_shown(plot))}, format="png", ppi=PICTURE_PPI), plot.alt
    except typst.TypstError as error:
        raise SheetError(type(error).__name__) from None


def _page(sheet: Sheet, paper: Paper, size: float) -> dict[str, Any]:
    data: dict[str, Any] = _shown({**_plain(sheet), "plot": _plain(sheet.plot) if sheet.plot else None})
    at = sheet.at.astimezone(datetime.UTC)
    return {
        **data,
        "at": "",
        "year": at.year,
        "month": at.month,
        "day": at.day,
        "paper": paper,
        "size": size,
        "too_long": TOO_LONG,
    }


def _plain(value: Any) -> dict[str, Any]:
    return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}


def _shown(value: Any) -> Any:
    """JSON data in which every text can be drawn with our font."""
    if isinstance(value, str):
        return "".join(c if c == " " or ord(c) in _glyphs() else MISSING for c in value)
    if dataclasses.is_dataclass(value):
        return _shown(_plain(value))
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    return value


def _compile(name: str, inputs: dict[str, str], **how: Any) -> bytes:
    made = typst.compile(
        LAYOUT / name, root=LAYOUT, font_paths=_fonts(), ignore_system_fonts=True, sys_inputs=inputs, **how
    )
    if not isinstance(made, bytes):
        raise SheetError(TOO_LONG)
    return made


@functools.cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[_font_folder()])


@functools.cache
def _glyphs() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    with TTFont(_font_folder() / FONT, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _font_folder() -> Path:
    """Matplotlib's fonts, found without importing it."""
    found = importlib.util.find_spec("matplotlib")
    for folder in (found.submodule_search_locations or ()) if found else ():
        fonts = Path(folder) / "mpl-data" / "fonts" / "ttf"
        if (fonts / FONT).exists():
            return fonts
    raise SheetError("no font")
