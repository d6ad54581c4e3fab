"""What the folder `knowledge/` promises: strict, complete, sourced, short and plain."""

from __future__ import annotations

import ast
import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reasoning import interview, knowledge, plan, strict_yaml
from reasoning.answers import MAX_WORDS, part, words
from reasoning.knowledge import Entry, Topic
from reasoning.person import FACTS_OF_FLAGS, WAIT_UNTIL_SEEN
from reasoning.red_flags import Flag, combinations, flags
from reasoning.strict_yaml import FOLDER, KnowledgeError, plain, read_yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KNOWN = knowledge.shared()
ENTRIES = [(topic, entry) for topic in KNOWN.topics.values() for entry in topic.entries]
FACTS = list(csv.DictReader((HERE / "article_facts.tsv").open(encoding="utf-8"), delimiter="\t"))
SPOILED = plain(read_yaml(HERE / "spoiled_knowledge.yml"))

# Read for the rules of triage as a whole (whether to ask, not what to say); nothing that is shown cites them.
UNCITED_SOURCES = {"S21", "S47", "S48", "S50", "S51", "S52", "S53", "S54"}
# Sentences that no code says: to be said or to be deleted, and then to be struck here.
UNSAID_WORDING = {"recheck", "check_again", "self_care_intro"}
# Harder than grade 11, with the reason.
HARD_SENTENCES = {
    "causes/common": "one list of six causes, as the article has it",
    "causes/range": "ten words, of which two are long: medical conditions",
    "ct/shows": "a list of conditions by their names",
    "painkillers/severe": "names of two kinds of drugs",
    "stretches/how_long_to_hold": "a list of five stretches with their seconds",
    "tens/what_it_is": "the name that the letters stand for is a fact of the article",
    "when_to_see_doctor/emergency": "one list of signs",
    "when_to_see_doctor/other_signs": "one list of signs",
    "x_ray/when": "what is suspected goes by its name, with the plain words beside it",
}


# --- the schema is strict, and an error leads to its place


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the folder to be spoiled. YAML of an unchanged text is read once for all copies: it is slow to read."""
    monkeypatch.setattr(knowledge, "read_yaml", _read_once)
    return Path(shutil.copytree(FOLDER, tmp_path / "knowledge", ignore=shutil.ignore_patterns("lay_language")))


_read: dict[tuple[str, bool], Any] = {}


def _read_once(path: Path) -> Any:
    if not path.exists():
        return read_yaml(path)
    key = (path.read_text(encoding="utf-8"), strict_yaml.PLACES_OF.get() in ("*", strict_yaml.named(path)))
    if key not in _read:
        _read[key] = read_yaml(path)
    return _read[key]


@pytest.mark.parametrize("row", SPOILED, ids=[row["name"] for row in SPOILED])
def test_a_fault_is_refused_with_file_and_line(copy: Path, row: dict[str, Any]) -> None:
    """Unknown keys, missing sources, doubles and unknown references never load, and the error leads to the line."""
    path = copy / row["file"]
    before = path.read_text(encoding="utf-8")
    assert row["find"] in before
    path.write_text(before.replace(row["find"], row["put"], -1 if row.get("all") else 1))
    with pytest.raises(KnowledgeError) as error:
        knowledge.load(copy)
    lines = path.read_text(encoding="utf-8").splitlines()
    at = [number for number, line in enumerate(lines, start=1) if row["at"] in line]
    line = at[-1] if row.get("last") else at[0]
    place = re.match(r"(knowledge/\S+?):(\d+): ", str(error.value))
    assert place, str(error.value)
    assert place[1] == f"knowledge/{row['file']}"
    assert row["says"] in str(error.value)
    if not row.get("loose"):
        assert int(place[2]) == line, str(error.value)


def test_a_copy_that_is_not_spoiled_loads(copy: Path) -> None:
    """The faults above are found because of what was spoiled."""
    assert knowledge.load(copy) == KNOWN


def test_a_missing_file_is_named(copy: Path) -> None:
    """Without its sources the folder does not load."""
    (copy / "sources.yml").unlink()
    with pytest.raises(KnowledgeError, match=r"knowledge/sources\.yml:1: the file is missing"):
        knowledge.load(copy)


@pytest.mark.parametrize(
    ("find", "put", "says"),
    [
        ("flag: chest_pain", "flag: chest_pian", "unknown flag chest_pian"),
        ("detail: heavy_bleeding", "detail: bleeding", "unknown detail bleeding"),
        ("when_present: pregnancy", "when_present: pregnant", "unknown flag pregnant"),
        ("flag: chest_pain, title", "flag: chest_pain, fact: pregnant, title", "an item is a flag or a fact"),
        ("id: injury_chest_fever", "id: nerves", "a page stands twice"),
        ("emergency: true", "emergency: true\n    loud: true", "extra fields not permitted"),
    ],
)
def test_a_fault_in_the_questions_is_refused_with_file_and_line(tmp_path: Path, find: str, put: str, says: str) -> None:
    """A question about a sign that does not exist would be asked and never be understood."""
    text = (FOLDER / "interview.yml").read_text(encoding="utf-8")
    assert find in text
    path = tmp_path / "interview.yml"
    path.write_text(text.replace(find, put, 1))
    with pytest.raises(KnowledgeError, match=rf"interview\.yml:\d+: .*{says}"):
        interview.pages(path)


def test_every_id_that_the_other_files_and_the_code_name_exists() -> None:
    """Plan, activities, questions, lists of lost facts and the code speak of things that are there."""
    keys = [key for phase in plan.steps().phases.values() for key in phase]
    keys += [*plan.steps().stretches, *plan.steps().gentle, *plan.steps().cause]
    keys += [key for activity in plan.activities().values() for key in (*activity.cause, *activity.next_time)]
    assert [part(KNOWN, key).key for key in keys] == keys
    asked = {item.fact for page in interview.pages() for item in page.items if item.fact}
    assert asked <= KNOWN.user_facts.keys()
    assert KNOWN.remedies.keys() >= WAIT_UNTIL_SEEN
    assert FACTS_OF_FLAGS.keys() <= flags().keys()
    assert set(FACTS_OF_FLAGS.values()) <= KNOWN.user_facts.keys()
    assert {row["id"] for row in FACTS} >= {lost.fact for lost in KNOWN.lost_lists.values()}
    assert {row["id"] for row in FACTS} >= {fact for _, entry in ENTRIES for fact in entry.facts}
    assert {row["id"] for row in FACTS} >= {fact for item in KNOWN.differences.values() for fact in item.facts}
    assert {row["id"] for row in FACTS} >= {fact for item in KNOWN.remedies.values() for fact in item.facts}
    related = {name for caution in KNOWN.cautions.values() for name in caution.related}
    assert related <= {flag.id for flag in flags().values()} | KNOWN.differences.keys()


# --- the article is whole


@pytest.mark.parametrize("row", FACTS, ids=[row["id"] for row in FACTS])
def test_a_fact_of_the_article_has_its_place_and_its_figures(row: dict[str, str]) -> None:
    """All 155 answerable facts and the four about the article are said, figures exact; four lists are marked lost."""
    says = [entry.says for _, entry in ENTRIES if row["id"] in entry.facts]
    lost = [item.id for item in KNOWN.lost_lists.values() if item.fact == row["id"]]
    if row["kind"] == "furniture":
        assert not says  # a teaser of the page, not to be stated as a fact
        return
    assert bool(lost) is (row["kind"] == "LOST")
    assert says or lost
    figure = row["figures"].replace("to10", "to 10").casefold()
    assert not figure or any(figure in text.casefold() for text in says), (figure, says)


def test_the_list_of_facts_is_the_whole_one() -> None:
    """155 answerable, four about the article, four lost, one that is page furniture."""
    kinds = [row["kind"] for row in FACTS]
    assert (len(FACTS), kinds.count("meta"), kinds.count("LOST"), kinds.count("furniture")) == (164, 4, 4, 1)


def test_what_the_article_says_cites_it_and_carries_a_fact() -> None:
    """The words "The article says" stand only before what the article says."""
    wrong = [
        f"{topic.id}/{entry.id}"
        for topic, entry in ENTRIES
        if entry.voice == "article" and (entry.sources != ("S00",) or not (entry.facts or topic.id == "stretches"))
    ]
    assert wrong == []


def test_the_dose_of_a_stretch_is_the_dose_that_its_sentences_give() -> None:
    """The card's figures and the text's figures are the same, and what the article leaves out is left out."""
    for topic in KNOWN.topics.values():
        if topic.dose is None:
            continue
        text = " ".join(entry.says for entry in topic.entries if entry.voice == "article")
        hold = topic.dose.hold_seconds
        assert hold, topic.id
        low, high = hold
        assert re.search(rf"\b{low} seconds" if low == high else rf"\b{low}(-| to ){high} seconds", text), topic.id
        assert re.search(rf"\b{topic.dose.repetitions} times", text), topic.id
        assert ("2 sets a session" in text) is (topic.dose.sets == 2), topic.id
        assert ("2 sessions a day" in text) is (topic.dose.sessions_a_day == 2), topic.id


# --- sources and words are used


def test_every_source_is_cited_and_every_cited_source_exists() -> None:
    """A source that backs nothing is dead weight; one that is missing backs nothing either."""
    lines = [unknown := KNOWN.help_lines.unknown_country, unknown.advice, unknown.crisis][1:]
    for country in KNOWN.help_lines.countries.values():
        lines += [line for line in (country.emergency, country.advice, country.crisis, country.poison) if line]
    cited = {source for line in lines for source in line.sources}
    cited |= {source for _, entry in ENTRIES for source in entry.sources}
    for group in (KNOWN.cautions, KNOWN.differences):
        cited |= {source for item in group.values() for source in item.sources}
    cited |= {source for lost in KNOWN.lost_lists.values() for item in lost.items for source in item.sources}
    cited |= {source for flag in flags().values() for source in flag.sources}
    cited |= {source for rule in combinations().combinations for source in rule.sources}
    assert cited - KNOWN.sources.keys() == set()
    assert KNOWN.sources.keys() - cited == UNCITED_SOURCES


def test_every_note_on_a_difference_is_shown_with_an_entry() -> None:
    """A known difference from the article that nobody sees protects nobody."""
    shown = {name for _, entry in ENTRIES for name in entry.notes}
    assert KNOWN.differences.keys() - shown == set()


def test_every_sentence_of_wording_is_said_and_every_one_that_is_said_exists() -> None:
    """No key is missing at the moment it is needed, and none is left over."""
    asked = [key for path in _sources() for key in _wording_keys(ast.parse(path.read_text(encoding="utf-8")))]
    assert asked
    missing = [key for key in asked if not any(re.fullmatch(key, known) for known in KNOWN.wording)]
    assert missing == []
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in _sources()]
    # In channels/ the sentences go by these names too; elsewhere "words" may be other words.
    said = {*asked, *(key for tree in trees for key in _wording_keys(tree, ("_word", "words", "words()")))}
    unsaid = {known for known in KNOWN.wording if not any(re.fullmatch(key, known) for key in said)}
    assert unsaid == UNSAID_WORDING


def _sources() -> Iterator[Path]:
    for room in ("reasoning", "actions", "serving", "channels"):
        yield from sorted((ROOT / room).rglob("*.py"))


def _wording_keys(tree: ast.Module, also: tuple[str, ...] = ()) -> Iterator[str]:
    """Keys, as patterns, that are looked up in wording: `….word(key)`, `wording[key]`, names bound to a key before."""
    names: dict[str, list[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            names.setdefault(node.targets[0].id, []).extend(_patterns(node.value))
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Call) and node.args and getattr(node.func, "attr", "") in ("word", *also):
            key = node.args[0]
        elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(("wording", "word", *also)):
            key = node.slice
        if isinstance(key, ast.Name):
            yield from names.get(key.id, ())
        elif key is not None:
            yield from _patterns(key)


def _patterns(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_patterns(node.body), *_patterns(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        return ["".join(str(p.value) if isinstance(p, ast.Constant) else r"\w+" for p in node.values)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


# --- answers are short and plain


@pytest.mark.parametrize("topic", KNOWN.topics.values(), ids=KNOWN.topics)
def test_a_first_answer_is_short_and_offers_next_steps(topic: knowledge.Topic) -> None:
    """At most 70 words besides source, notes and safety net, and two to four topics to go on with."""
    assert 0 < sum(words(entry.says) for entry in topic.lead) <= MAX_WORDS
    assert max(words(entry.says) for entry in topic.entries) <= MAX_WORDS
    assert 2 <= len(topic.next) <= 4
    assert topic.id not in topic.next


def test_an_introduction_and_a_safety_net_are_short() -> None:
    """What the bot is: at most 40 words; the safety net: one line."""
    assert words(KNOWN.wording["first_contact"]) <= 40
    assert "\n" not in KNOWN.wording["safety_net"]


def test_no_sentence_promises_safety_or_names_the_voice_twice() -> None:
    """Never "you are safe", "don't worry", "nothing serious"; "The article says" is added by the composer."""
    forbidden = re.compile(r"you are safe|you're safe|don't worry|do not worry|nothing serious|no red flags", re.I)
    said = {f"{topic.id}/{entry.id}": entry.says for topic, entry in ENTRIES} | KNOWN.wording
    assert [key for key, text in said.items() if forbidden.search(text)] == []
    assert [f"{t.id}/{e.id}" for t, e in ENTRIES if e.says.startswith("The article says:")] == []


def test_what_is_said_can_be_read_at_twelve() -> None:
    """Flesch-Kincaid grade: 7 or less on average over all sentences, and none over 11 but for a reason."""
    grades = {f"{topic.id}/{entry.id}": grade(entry.says) for topic, entry in ENTRIES}
    assert sum(grades.values()) / len(grades) <= 7
    assert {key for key, value in grades.items() if value > 11} <= HARD_SENTENCES.keys()


@pytest.mark.parametrize(
    ("word", "count"),
    [
        *(
            ("spasm", 2),
            ("exercise", 3),
            ("the", 1),
            ("ice", 1),
            ("heated", 2),
            ("raised", 1),
            ("sides", 1),
            ("needles", 2),
            ("muscle", 2),
            ("area", 3),
            ("physiotherapist", 6),
        ),
        *(("acupuncture", 4), ("you", 1), ("doctor", 2), ("electrical", 4), ("tissues", 2)),
    ],
)
def test_syllables_are_counted(word: str, count: int) -> None:
    """The measure above counts what a reader says; one off on long words is near enough."""
    assert abs(syllables(word) - count) <= (1 if count > 3 else 0)


def grade(text: str) -> float:
    """Flesch-Kincaid grade level. Counted here: the usual library fetches a dictionary from the net."""
    sentences = max(len(re.findall(r"[.!?:;](?:\s|$)", text)), 1)
    found = re.findall(r"[A-Za-z']+|\d+", text)
    return 0.39 * len(found) / sentences + 11.8 * sum(map(syllables, found)) / len(found) - 15.59


def syllables(word: str) -> int:
    """Syllables by the groups of vowels."""
    plain_word = re.sub(r"[^a-z]", "", word.lower())
    if not plain_word:
        return 1  # a figure
    count = len(re.findall(r"[aeiouy]+", plain_word))
    count += len(re.findall(r"i[aou](?!us)|[^q]ua[^r]|e[ao]$", plain_word))
    count -= len(re.findall(r"tion|sion|cian|cial", plain_word))
    if re.search(r"[^aeiouyl]e$|[aeiouy]le$|[^aeioutd]ed$|[^aeiouyscxzlhg]es$", plain_word):
        count -= 1
    return max(count + bool(re.search(r"sms?$", plain_word)), 1)


@pytest.mark.parametrize("flag", flags().values(), ids=flags())
def test_reason_and_what_to_say_of_a_danger_sign_are_whole_sentences(flag: Flag) -> None:
    """A reason cut off at a comma once stood in an emergency message."""
    for sentence in (flag.reason, flag.say):
        assert re.fullmatch(r"[A-Z].*\.", sentence)
        assert len(sentence.split()) >= 5


@pytest.mark.parametrize(("topic", "entry"), [pair for pair in ENTRIES if pair[1].covers])
def test_an_entry_takes_only_the_place_of_notes_for_everyone(topic: Topic, entry: Entry) -> None:
    """A caution for some people is always said in its own words."""
    for name in entry.covers:
        caution = KNOWN.cautions[name]
        assert caution.user_facts == ("everyone",)
        assert set(caution.remedies) & set(topic.remedies_of(entry) or topic.remedies)
