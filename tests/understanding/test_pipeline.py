"""The components together: what they learn from a few sentences, store, and read."""

from __future__ import annotations

import pytest
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from tests.understanding.pipeline import Pipeline, trained

SENTENCES = {
    "heat_ice_rest": ["ice or heat", "how long do I ice it", "is a heat pad ok", "should I rest", "hot or cold pack"],
    "mri": ["what is an mri", "is the mri loud", "what does the tunnel scan show", "mri scan please", "why an mri"],
    "out_of_scope": ["who won the match", "pizza recipe", "my knee hurts", "weather tomorrow", "best phone"],
    "report": ["my back went this morning", "it grabs when I bend", "stiff since monday", "sore after golf"],
    "greet": ["hello", "hi there", "good morning", "hey"],
}


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """Trained on twenty sentences, one of which asks two things, and two names."""
    examples = [Message.build(text, intent) for intent, texts in SENTENCES.items() for text in texts]
    examples.append(Message.build("heat pad and mri?", "heat_ice_rest", example_metadata={"also": ["mri"]}))
    examples.append(Message.build("/emergency", "emergency"))
    names = [{"name": "remedy", "elements": ["heat pad", "ice pack"]}, {"name": "stretch", "elements": ["pelvic tilt"]}]
    values = {"heat pad": "heat_ice_rest", "ice pack": "heat_ice_rest", "pelvic tilt": "pelvic_tilt"}
    data = TrainingData(examples, entity_synonyms=values, lookup_tables=names)
    return trained(data, tmp_path_factory.mktemp("model"))


def test_one_question_gives_one_topic(pipeline: Pipeline) -> None:
    parsed = pipeline.read("how long should the ice be on")
    assert parsed["intent"]["name"] == "heat_ice_rest"
    assert [topic["id"] for topic in parsed["topics"]] == ["heat_ice_rest"]
    assert parsed["intent_ranking"][0] == parsed["intent"]


def test_two_questions_give_both_in_their_order(pipeline: Pipeline) -> None:
    text = "what is an mri for and is a heat pad ok"
    assert [topic["id"] for topic in pipeline.read(text)["topics"]] == ["mri", "heat_ice_rest"]


def test_a_report_has_no_topic_and_small_talk_is_one(pipeline: Pipeline) -> None:
    assert pipeline.read("my back went this morning")["topics"] == []
    assert [topic["id"] for topic in pipeline.read("hello")["topics"]] == ["small_talk"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("", "nlu_fallback"),
        ("?!", "nlu_fallback"),
        ("asdfghjk", "nonsense"),
        ("me duele la espalda mucho", "other_language"),
    ],
)
def test_what_is_no_english_has_its_own_intents(pipeline: Pipeline, text: str, intent: str) -> None:
    assert pipeline.read(text)["intent"]["name"] == intent


def test_payloads_are_not_learned(pipeline: Pipeline) -> None:
    """Intents that only the dialogue gives cannot be typed."""
    assert "emergency" not in {item["name"] for item in pipeline.read("emergency")["intent_ranking"]}


def test_what_is_stored_reads_the_same(pipeline: Pipeline) -> None:
    """A trained model, read back from its folder, gives the same figures to the last digit."""
    again = pipeline.loaded()
    for text in ("ice or heat?", "what is an mri and is heat ok", "heatpad since tuesday, pelvik tilt"):
        assert again.read(text) == pipeline.read(text)


def _named(pipeline: Pipeline, text: str) -> list[tuple[str, object, str]]:
    return [(e["entity"], e["value"], text[e["start"] : e["end"]]) for e in pipeline.read(text)["entities"]]


def test_things_are_found_by_their_names_in_any_form(pipeline: Pipeline) -> None:
    """Plurals, capitals and misspelt longer words; the place is that of the words as written."""
    assert _named(pipeline, "Ice packs or a pelvik TILT") == [
        ("remedy", "heat_ice_rest", "Ice packs"),
        ("stretch", "pelvic_tilt", "pelvik TILT"),
    ]


def test_english_words_are_not_taken_for_misspelt_names(pipeline: Pipeline) -> None:
    assert _named(pipeline, "a public till") == []


def test_spans_of_time_are_in_days(pipeline: Pipeline) -> None:
    assert _named(pipeline, "it began three days ago") == [("onset", 3.0, "three days ago")]
    assert _named(pipeline, "for two weeks") == [("duration", 14.0, "two weeks")]


def test_a_parse_can_be_written_as_json(pipeline: Pipeline) -> None:
    """Rasa stores it with the conversation: no arrays, no objects."""
    import json

    json.dumps(pipeline.read("is heat ok and what is an mri"))
