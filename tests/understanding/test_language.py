"""What a text is written in: English in every dress must pass for English."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import ruamel.yaml

from understanding.language import LanguageReader

FOLDER = Path(__file__).parent
CASES = ruamel.yaml.YAML(typ="safe").load((FOLDER / "language_cases.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reader() -> LanguageReader:
    """Knows English and the abbreviations of the field, as after training."""
    return LanguageReader({"mri", "emg", "ncv", "idk", "thx", "kamar", "voltarol"})


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in CASES.items() for text in texts])
def test_a_text_is_read_as_its_language(reader: LanguageReader, language: str, text: str) -> None:
    assert str(reader.read(text)) == language


def test_no_message_of_the_development_set_is_foreign(reader: LanguageReader) -> None:
    """383 messages of all kinds of people, all of them English, slang and slips included."""
    lines = (FOLDER / "development.jsonl").read_text(encoding="utf-8").splitlines()
    assert [text for line in lines if reader.read(text := json.loads(line)["text"]) != "english"] == []
