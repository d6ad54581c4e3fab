"""Reads what a message tells of the person that changes advice: illnesses, medicines, pregnancy, age.

The phrases are those of `knowledge/user_facts.yml`; around each phrase that is found, its clause tells whether it is
told of the person, denied, asked of people in general ("what about pregnant women?"), asked as a cause ("can kidney
disease cause this?"), or said of somebody who is no patient ("my sister has a pacemaker"). A painkiller counts as
taken only where the clause says that it is taken: "can I take ibuprofen" tells nothing of the person.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from reasoning.knowledge import UserFact
from reasoning.strict_yaml import FOLDER, read_yaml
from understanding import ages, medicines
from understanding.phrase_places import Found, Place, places

if TYPE_CHECKING:
    from spacy.matcher import PhraseMatcher
    from spacy.tokens import Doc

Status = Literal["told", "denied", "general"]

AGE_SLUGS = frozenset({"under_18", "under_15", "under_12", "age_60_plus", "age_65_plus"})
CHILD_SLUGS = frozenset({"under_18", "under_15", "under_12"})
MANY_DRINKS = 3  # a day

_FIRST = frozenset("i me my mine myself we our us".split())
_THIRD = frozenset("he she they his her him them their hers".split())
_GROUPS = frozenset(
    "people person women men woman man someone somebody anyone anybody everyone patients patient users user kids "
    "children folk folks "
    "ppl you one adults mothers mums moms ladies seniors those sufferers".split()
)
_PLURAL_GROUPS = frozenset(
    "diabetics asthmatics epileptics seniors pensioners hemophiliacs haemophiliacs kids children teens teenagers "
    "youngsters "
    "elderly 12s 15s 18s 60s 65s adolescents".split()
)
_AGE_GROUP = re.compile(r"(?:under|over|in|early|mid|late) ")
_BARE_CHILD = frozenset(
    "kid kids child children teen teenager teenage adolescent toddler infant youngster tween preteen".split()
)
_NEGATORS = frozenset("no not n't nt never without nor neither none nope zero".split())
_NO_DENIAL = frozenset(
    "only just wonder doubt idea matter sure because problem problems issue issues trouble longer what".split()
)
# Words that may stand between a denial and what it denies.
_CLEAR = frozenset(
    "a an the any i my on in of or nor and , / have has had got get been be am is are was were take taking taken "
    "took use using do did "
    "ever been currently at all anything like from with history known such as to suffer suffering diagnosed yet "
    "also either other "
    "having that any of single m 'm".split()
)
_SLACK = 2  # other words that may stand there too
_REACH = 16  # words looked back for a denial
_AFTER_NO = re.compile(r"^[\s,:?=-]*(?:no|nope|none|never|negative)\s*(?:[,.;!\n]|$)")
_CAUSE_AFTER = re.compile(
    r"\b(cause[sd]?|causing|lead to|give you|bring on|trigger|make (?:my|your|a) back|"
    r"behind|responsible|to blame)\b"
)
_CAUSE_BEFORE = re.compile(
    r"\b(causes?|causing|caused? by|due to|sign of|signs of|symptoms? of|reason|rule out|check for|checks for|"
    r"test for|tests for|look for|looks for|"
    r"looking for|diagnose|detect|pick up|(?:mri|ct|scan|xray|ray|test|tests|emg|blood|discogram|it|"
    r"they)\s+(?:\w+\s+)?(?:show|find|see|tell|shows|finds)|"
    r"difference between|what is|what's|whats|what are|what does)\b"
)
_ITS_A = re.compile(
    r"\b(?:it|this|that)(?: is| 's| s| be| was| could be| might be| may be)?(?: just| really|"
    r" maybe| a sign of)?(?: a| an| from| some)?$"
)
_COULD_BE = re.compile(
    r"\b(?:is|could|can|might|may) (?:it|this|that)(?: be| all be)?(?: just| really|"
    r" from)?(?: a| an| from| some)?$"
)
_DRINKS = re.compile(
    r"\b(\d{1,2})\+? (?:or more |plus )?(?:alcoholic drinks?|drinks|beers|pints|cans|"
    r"glasses of wine|whiskies|whiskeys|units|shots|tins|vodkas)(?: of \w+)? (?:a|per|every|each) (?:day|night|"
    r"evening)\b"
)
_NOT_BEFORE = re.compile(r"\b(?:no|not|never|dont|don't)\b")
_NOT_ALCOHOL = re.compile(r"\b(?:water|fluids?|tea|coffee|juice|milk|coke|cola|soda|squash|pop)\b")

_REL = "|".join(sorted(ages.RELATIVES, key=len, reverse=True))
_PATIENT = re.compile(
    rf"\b(?:his|her|their|(?:{_REL})(?:'?s)) (?:\w+ )?(?:back|spine|spasms?)\b|"
    rf"\b(?:my|our) (?:[\w-]+ ){{0,3}}?(?:{_REL}) (?:has|have|had|got|gets|is having|is getting|keeps getting|"
    rf"hurt|pulled|with|suffers|threw)\b(?!.{{0,30}}\bmy back).{{0,30}}\b(?:back|spasms?)\b|"
    rf"\b(?:can|could|should|may|shall|will|would|what|does|is it (?:ok|safe)|how) (?:\w+ ){{0,3}}?(?:she|he|"
    rf"(?:my|our) (?:[\w-]+ ){{0,3}}?(?:{_REL}))\b|"
    rf"\b(?:for|help|to give|give|giving) (?:him|her|my (?:[\w-]+ ){{0,3}}?(?:{_REL}))\b|\b(?:she|he) (?:has|"
    rf"hurt|is in|pulled|got|gets) .{{0,25}}(?:spasms?|back|pain)"
)


@dataclass(frozen=True)
class UserFactReading:
    """What a text tells: facts (slugs of the knowledge), denied ones, age in years, weeks of pregnancy.

    With `in_general` the facts are asked about and are not the person's.
    """

    facts: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    in_general: bool = False
    age: int | None = None
    weeks: int | None = None


class UserFactReader:
    """Reads user facts in English text. Loading takes about half a second; reading is thread-safe."""

    def __init__(self, path: Path = FOLDER / "user_facts.yml") -> None:
        """Read the phrases; KnowledgeError when the file cannot be read."""
        self._path = path

    @functools.cached_property
    def _nlp(self) -> Any:
        import spacy

        return spacy.blank("en")

    @functools.cached_property
    def _matchers(self) -> tuple[PhraseMatcher, PhraseMatcher]:
        from spacy.matcher import PhraseMatcher

        exact, by_lemma = PhraseMatcher(self._nlp.vocab, attr="LOWER"), PhraseMatcher(self._nlp.vocab, attr="LEMMA")
        for slug, phrases in self._phrases():
            docs = [self._doc(phrase) for phrase in phrases]
            exact.add(slug, docs)
            by_lemma.add(slug, docs)
        return exact, by_lemma

    def _phrases(self) -> Iterator[tuple[str, list[str]]]:
        for item in read_yaml(self._path)["user_facts"]:
            fact = UserFact(**item)
            phrases = [*fact.said_as, *([fact.label] if fact.said_as else [])]
            if fact.slug in AGE_SLUGS:  # ages in figures are read as ages, not as phrases
                phrases = [phrase for phrase in phrases if not re.search(r"\d", phrase) or _AGE_GROUP.match(phrase)]
            if phrases:
                yield fact.slug, phrases

    def _doc(self, text: str) -> Doc:
        doc: Doc = self._nlp.make_doc(_plain(text))
        for token in doc:
            token.lemma_ = _lemma(token.text)
        return doc

    def read(self, text: str) -> UserFactReading:
        """What the text tells of the person; an empty reading for an empty text."""
        plain = _plain(text)
        if not plain.strip():
            return UserFactReading()
        doc = self._doc(text)
        patient = bool(_PATIENT.search(plain))
        statuses: dict[str, set[Status]] = {}
        for place in places(doc, self._find(doc)):
            status = _status(place, patient)
            if status is not None:
                statuses.setdefault(place.slug, set()).add(status)
        return _reading(plain, statuses, patient)

    def _find(self, doc: Doc) -> list[Found]:
        """The phrases in the text; one that lies within a longer one of another fact gives way."""
        spans: set[tuple[str, int, int]] = set()
        for matcher in self._matchers:
            spans.update((self._nlp.vocab.strings[key], start, end) for key, start, end in matcher(doc))
        found = [
            Found(slug, start, end)
            for slug, start, end in spans
            if not any(s <= start and end <= e and e - s > end - start for _, s, e in spans)
        ]
        return sorted(found, key=lambda item: (item.start, item.end, item.slug))


_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "`": "'"})


def _plain(text: str) -> str:
    low = text.lower().translate(_QUOTES)
    return re.sub(r"[ \t]+", " ", re.sub(r"(?<=[a-z])-(?=[a-z])", " ", low)).strip()


_FIXED_LEMMAS = {
    "m": "am",
    "'m": "am",
    "ve": "have",
    "'ve": "have",
    "nt": "not",
    "n't": "not",
    "has": "have",
    "ca": "can",
    "wo": "will",
}


@functools.lru_cache(maxsize=20_000)
def _lemma(word: str) -> str:
    """The singular of a noun; verbs keep their form, since "having a baby" is not "had a baby"."""
    import lemminflect

    if word in _FIXED_LEMMAS:
        return _FIXED_LEMMAS[word]
    if not word.isalpha() or word.endswith(("ing", "ss", "us", "is")):
        return word
    found = lemminflect.getAllLemmas(word, upos="NOUN")
    return str(found["NOUN"][0]) if found else word


def _status(place: Place, patient: bool) -> Status | None:
    subject = _subject(place)
    if place.slug in CHILD_SLUGS and set(place.inside) & _BARE_CHILD:
        return _child(place, subject, patient)
    if subject == "group":
        return "general"
    if _drinks_no_alcohol(place) or (subject == "relative" and not patient):
        return None
    if place.slug in medicines.MEDICINES and medicines.no_longer(place):
        return None
    if _denied(place):
        return None if place.asked_before and subject != "first" else "denied"
    if place.slug in medicines.MEDICINES and not medicines.is_taken(place):
        return None
    mine = "my" in place.before[-2:] or "my" in place.inside
    if not mine and _asked_as_cause(place):
        return None
    return _told_or_general(place, subject)


def _drinks_no_alcohol(place: Place) -> bool:
    """ "I drink a lot of water" is no drinking of that kind."""
    said = " ".join([*place.inside, *place.after])
    return place.slug == "alcohol_3_plus_daily" and bool(_NOT_ALCOHOL.search(said))


def _told_or_general(place: Place, subject: str | None) -> Status:
    if re.search(r"\bwhat if\b", place.left):
        return "general"
    if subject is None and place.asked_before and not {"i", "my", "me"} & set(place.after):
        return "general"
    return "told"


def _subject(place: Place) -> Literal["first", "relative", "group"] | None:
    """Of whom the clause says it: the nearest person before the phrase, or the group that it describes."""
    if place.after[:1] and place.after[0] in _GROUPS - {"you", "one"} and not _i_am_a(place):
        return "group"
    if set(place.inside) & _PLURAL_GROUPS and not set(place.before) & {"my", "our"}:
        in_decade = re.search(r"\b(?:my|his|her) \w+$", " ".join(place.inside))
        if not in_decade:
            return "group"
    whole = (*place.before, *place.inside)
    for index in range(len(whole) - 1, -1, -1):
        word = whole[index]
        if word in ("my", "our") and set(whole[index + 1 : index + 5]) & ages.RELATIVES and index < len(place.before):
            return "relative"
        if word in _FIRST:
            return "first"
        if word in _THIRD:
            return "relative"
        if word in _GROUPS and not (word == "one" and index) and index < len(place.before):
            if word in ("you", "one") and not _generic_you(whole, index):
                continue
            return "group"
    return None


def _generic_you(words: Sequence[str], index: int) -> bool:
    return words[index] == "you" and tuple(words[index + 1 : index + 2]) not in (
        ("tell",),
        ("know",),
        ("think",),
        ("help",),
        ("say",),
    )


def _i_am_a(place: Place) -> bool:
    return bool(re.search(r"\bi (?:'m|m|am)(?: \w+)?$", place.left))


def _child(place: Place, subject: str | None, patient: bool) -> Status | None:
    """ "Kid", "teenager" and the like: the patient, people in general, or only somebody who is there."""
    if _i_am_a(place) or place.inside[:1] == ("i",):
        return "told"
    if "my" in place.before[-3:] or "my" in place.inside:
        return "told" if patient else None
    if place.asks and subject != "first":
        return "general"
    return None


def _denied(place: Place) -> bool:
    if place.after == ("?",) and _AFTER_NO.match(" ".join(place.beyond)):
        return True
    if _AFTER_NO.match(place.right) and not re.match(r"\W*no idea", place.right):
        return True
    slack, comma_ok = _SLACK, True
    before = place.before
    for steps, index in enumerate(range(len(before) - 1, -1, -1)):
        word = before[index]
        if steps > _REACH:
            return False
        if word in _NEGATORS:
            earlier, later = before[max(0, index - 2) : index], before[index + 1 : index + 3]
            if set(earlier) & medicines.MODALS or set(later) & _NO_DENIAL - {"longer"} or "know" in later:
                return False
            # "The heat did not help, asthma": a list is denied by "no", not by a verb.
            return comma_ok or word in ("no", "nor", "without", "neither", "never") or index in place.named
        if index in place.named or word in _CLEAR:
            if word == "," and index - 1 not in place.named:
                comma_ok = False
            continue
        slack -= 1
        if slack < 0:
            return False
    return False


def _asked_as_cause(place: Place) -> bool:
    if _ITS_A.search(place.left) or _COULD_BE.search(place.left):
        return True
    if not place.asks:
        return False
    return bool(_CAUSE_AFTER.search(place.right) or _CAUSE_BEFORE.search(place.left))


def _reading(plain: str, statuses: dict[str, set[Status]], patient: bool) -> UserFactReading:
    numbers = ages.as_figures(plain)
    weeks = ages.weeks_of(numbers)
    age, general_age = ages.age_of(numbers, patient)
    told = [slug for slug, found in statuses.items() if "told" in found]
    general = [slug for slug, found in statuses.items() if "general" in found and slug not in told]
    denied = [slug for slug, found in statuses.items() if found == {"denied"}]
    if weeks is not None and "pregnant" not in told and "pregnant" not in denied:
        told.append("pregnant")
    if age is not None:
        told = [slug for slug in told if slug not in AGE_SLUGS] + _facts_of_age(age)
    if general_age is not None:
        general += [slug for slug in _facts_of_age(general_age) if slug not in general]
    drinks = _DRINKS.search(numbers)
    if drinks and int(drinks.group(1)) >= MANY_DRINKS and not _NOT_BEFORE.search(numbers[: drinks.start()][-20:]):
        told.append("alcohol_3_plus_daily")
    if "other_nsaid_or_aspirin" in told and medicines.taken_long(numbers):
        told.append("nsaid_over_10_days")
    if told or not general:
        return UserFactReading(tuple(dict.fromkeys(told)), tuple(denied), False, age, weeks)
    return UserFactReading(tuple(dict.fromkeys(general)), tuple(denied), True, age, weeks)


def _facts_of_age(age: int) -> list[str]:
    """The narrowest fact; the knowledge tells what it implies."""
    for limit, slug in ((12, "under_12"), (15, "under_15"), (18, "under_18")):
        if age < limit:
            return [slug]
    for limit, slug in ((65, "age_65_plus"), (60, "age_60_plus")):
        if age >= limit:
            return [slug]
    return []
