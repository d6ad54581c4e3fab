"""How old the patient is and how many weeks pregnant, as people write it: "I'm 72", "my son is 14", "20 weeks gone"."""

from __future__ import annotations

import re
from typing import Literal

Whose = Literal["told", "general"]

YOUNGEST, OLDEST = 5, 110  # ages that a sentence "I'm 72" may mean; smaller numbers are something else
TERM = 43  # weeks

OPENERS = frozenset(
    "is are am was can could should shall may might would will do does did has have what whats how why when which "
    "who where any".split()
)
ASKING = re.compile(
    r"\b(what about|how about|what if|wondering|wonder if|want to know|wanna know|need to know|any advice|is it|"
    r"is there|safe for|"
    r"ok for|okay for|tell me if)\b"
)
RELATIVES = frozenset(
    "mum mom mother dad father son daughter child kid kids boy girl wife husband partner sister brother gran "
    "grandma granny nan nana "
    "grandad grandpa grandfather grandmother aunt auntie uncle friend mate boyfriend girlfriend cousin niece "
    "nephew neighbour "
    "neighbor colleague baby parents parent grandson granddaughter toddler teenager missus hubby spouse fiance "
    "fiancee roommate "
    "bloke client teen".split()
)
_NUMBERS = {
    **{
        word: number
        for number, word in enumerate(
            "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
            "seventeen eighteen nineteen".split(),
            1,
        )
    },
    **{
        word: 10 * number
        for number, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
    },
}
_NUMBER_WORD = re.compile(rf"\b({'|'.join(_NUMBERS)})(?:[ -]({'|'.join(list(_NUMBERS)[:9])}))?\b")
_NO_AGE = (
    r"(?![\d.:/%'\"+]|\s*(?:weeks?|wks?|w\b|months?|mths?|days?|hours?|hrs?|mins?|minutes?|secs?|kgs?|kilos?|"
    r"lbs?|stone|st\b|pounds?|cm|ft|feet|foot|inches|"
    r"mg|out of|am\b|pm\b|miles?|km|th\b|st\b|nd\b|rd\b|%|/|\+|reps|sets|times|glasses|degrees|of the|in pain))"
)
_OLD = (
    r"(?:\s*-?\s*(?:years?|yrs?|yr|y)\.?\s*-?\s*(?:old|of age|young)s?|\s*-?\s*(?:yo|y/o|y\.o\.?|yos)\b|"
    r"\s*(?:years?|yrs?)\b(?=\s*(?:[,.]|$)))"
)
_I_AM = re.compile(
    r"(?:\b(?:i'?m|i am|im|i'?ve|i have|ive)|^am|^) (?:just |recently |now |only |about |nearly |almost |over |"
    r"a |an |turned |turning |like |aged |already )*(\d{1,3})\b" + _NO_AGE
)
_TURNED = re.compile(r"\b(?:turned|too old at|my age is|age:?|aged)\s+(\d{1,3})\b" + _NO_AGE)
_YEARS_OLD = re.compile(r"\b(\d{1,3})" + _OLD)
_SEX = re.compile(
    r"(?:^|[(]|\bi'?m |\bi am |\bme )(?:a )?(?:(\d{2})\s?(?:m|f|male|female|man|woman)\b|(?:m|f|"
    r"male|female|man|woman)[\s,/]{0,2}(\d{2})\b" + _NO_AGE + ")"
)
_REL = "|".join(sorted(RELATIVES, key=len, reverse=True))
_REL_AGE = re.compile(
    rf"\b(?:my|our) (?:\w+ )?(?:{_REL})(?:'?s| is|,| who is| who's| aged| \()\s*(?:only |"
    rf"just |nearly |almost |now )?(\d{{1,3}})\b" + _NO_AGE
)
_PRONOUN_AGE = re.compile(r"\b(?:he|she)(?:'?s| is) (?:only |just |nearly |almost |now )?(\d{1,3})\b" + _NO_AGE)
_BEFORE_MY = frozenset(
    "and but for is can should could does would if because of about gave give hi hello so what how with's".split()
)
_BEFORE_AGE = frozenset(
    "my a an our for is im i'm am he's she's m and hi hello only just about who nearly almost old".split()
)
_HANDLED = frozenset("lifting carrying lifted carried holding".split())
_THINGS_OLD = re.compile(
    r"^s?\s*(?:son|daughter|child|kid|boy|girl|grandson|granddaughter|nephew|niece|teen|teenager|man|woman|male|"
    r"female|lady|guy|bloke|mum|mom|"
    r"mother|dad|father|gran|nan|wife|husband|has|is|was|hurt|with|who|and|whose|can|cant|gets?|got|keeps|"
    r"diabetic|pregnant|golfer|runner|"
    r"person|patient|do|use|take|here|at|in|plays|pulled|says|complain\w*|woke|had|[,.!?;:)]|$|now)\b|"
    r"^s?\s*(?:[,.!?;:)]|$)"
)
_PREGNANT = re.compile(r"\b(?:preg\w*|trimester|expecting|gestation|baby is due|my bump)\b")
_WEEKS = re.compile(
    r"\b(\d{1,2})\s*(?:\+\s*\d\s*)?-?\s*(?:weeks?|wks?|wk|w)\s*(?:\+\s*\d\s*|and \d )?(?:days? )?(?:pregnant|"
    r"preg\b|pregnancy|pregnent|preggers|preggo|prego|along|gone|into (?:my|the|her) pregnancy|expecting|"
    r"gestation|in my pregnancy|with (?:twins|my))"
)
_WEEKS_AFTER = re.compile(
    r"\b(?:preg\w*|expecting)\b(?P<between>[^.?!;\d]{0,25})(\d{1,2})\s*(?:\+\s*\d)?\s*(?:weeks?|wks?|wk|"
    r"w\b)(?! ago)(?! of (?:back|pain))"
)
_WEEK_N = re.compile(r"\b(?:wk|week)\s*(\d{1,2})\b")
_PLUS_DAYS = re.compile(r"\b(\d{1,2})\s?\+\s?[0-6]\b")
_MONTHS = re.compile(
    r"\b(\d)(?:\.5| and a half)?\s*months?\s*(?:pregnant|along|gone|preg\b|preggers|"
    r"into my pregnancy)"
)
_NO_WEEKS = re.compile(r"\b(?:for|since|last|past|back|spasms?|pain|hurts?|hurting|had|over)\b")


def as_figures(plain: str) -> str:
    """The text with the numbers that are written out as figures."""
    return _NUMBER_WORD.sub(_figure, plain)


def _figure(match: re.Match[str]) -> str:
    first = _NUMBERS[match.group(1)]
    second = _NUMBERS[match.group(2)] if match.group(2) else 0
    if second and first % 10:
        return match.group()
    return str(first + second)


def age_of(plain: str, patient: bool) -> tuple[int | None, int | None]:
    """The patient's age, and the age that is asked about in general."""
    for match in _YEARS_OLD.finditer(plain):
        age = int(match.group(1))
        if 0 < age <= OLDEST and _THINGS_OLD.match(plain[match.end() :]):
            whose = _whose_age(plain, match, patient)
            if whose is not None:
                return (age, None) if whose == "told" else (None, age)
    for pattern in (_I_AM, _TURNED, _SEX):
        said = pattern.search(plain)
        if said is None or (pattern is _I_AM and not _is_mine(said.group())):
            continue
        age = int(next(group for group in said.groups() if group))
        if YOUNGEST <= age <= OLDEST:
            return age, None
    for pattern in (_REL_AGE, _PRONOUN_AGE):
        said = pattern.search(plain)
        theirs = patient or (pattern is _REL_AGE and "my back" not in plain)
        if said and theirs and 0 < int(said.group(1)) <= OLDEST:
            return int(said.group(1)), None
    return None, None


def _is_mine(said: str) -> bool:
    """ "I'm 72" or "I've just turned 60"; "I have 72" is no age, and a bare figure is none either."""
    if re.match(r"(?:i'?ve|i have|ive)\b", said):
        return "turned" in said
    return bool(re.match(r"i|am", said))


def _whose_age(plain: str, match: re.Match[str], patient: bool) -> Whose | None:
    """Whether "N years old" is the patient's, an age asked about in general, or nobody's that matters."""
    before = plain[: match.start()].split()
    if not before:
        return "told"
    last, earlier = before[-1], before[-2] if len(before) > 1 else ""
    if last not in _BEFORE_AGE and not last.endswith((",", ".")):
        return None
    if last in ("my", "our"):
        opens = not earlier or earlier in _BEFORE_MY or earlier.endswith((",", ".", "!", "?"))
        return "told" if opens or (patient and earlier not in _HANDLED) else None
    if last in ("a", "an", "for") and not re.search(r"\b(?:i'?m|i am|im|he'?s|she'?s|is)$", " ".join(before[:-1])):
        asks = match.group().endswith("s") or "?" in plain or before[0] in OPENERS or bool(ASKING.search(plain))
        return "general" if asks else None
    if last in ("he's", "she's") or earlier in ("he", "she"):
        return "told" if patient else None
    return "told"


def weeks_of(plain: str) -> int | None:
    """Weeks of pregnancy that are told; None for none."""
    found = _WEEKS.search(plain)
    if found and not re.search(r"\b(?:not|was) $", plain[: found.start()]):
        return _term(int(found.group(1)))
    months = _MONTHS.search(plain)
    if months:
        return _term(round(int(months.group(1)) * 52 / 12))
    after = _WEEKS_AFTER.search(plain)
    if after and not _NO_WEEKS.search(after.group("between")):
        return _term(int(after.group(2)))
    week = _WEEK_N.search(plain)
    if week and (_PREGNANT.search(plain) or week.group() == plain.strip(" .!")):
        return _term(int(week.group(1)))
    days = _PLUS_DAYS.search(plain)
    if days and _PREGNANT.search(plain):
        return _term(int(days.group(1)))
    return None


def _term(weeks: int) -> int | None:
    return weeks if 0 < weeks <= TERM else None
