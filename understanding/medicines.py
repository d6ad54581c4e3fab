"""Whether a medicine that is named is taken: "can I take ibuprofen" tells nothing of the person."""

from __future__ import annotations

import re

from understanding.phrase_places import Place

# Facts that hold only while the thing is taken or on the skin; its bare name is mostly a question about the remedy.
TAKEN_ONLY = frozenset({"other_nsaid_or_aspirin", "other_paracetamol", "topical_rub_in_use"})
MEDICINES = TAKEN_ONLY | {
    "warfarin",
    "blood_thinner",
    "steroid_tablets",
    "other_medicines",
    "antidepressants_or_triptans",
    "diuretics",
    "maoi_last_14_days",
    "nsaid_over_10_days",
}
NSAID_DAYS = 10
_NEAR = 7  # words between the verb of taking and the end of the medicine's name
MODALS = frozenset("can ca could should shall would will wo may might must cannot".split())
_REMEDY_AFTER = re.compile(
    r"^(?:\s*(?:tablets?|pills?|gel|cream|patch|or \w+))?\s*(?:help|helps|work|works|ease|be good|good|any good|"
    r"ok|okay|safe|stop|fix|relieve|better|best|the best)\b"
)
_MODAL_ASK = re.compile(
    r"\b(can|ca|could|should|shall|may|might|would|will|do|does|did|is it|ok to|okay to|safe to|want to|"
    r"going to|gonna|thinking of|about to|"
    r"better to|need to|how (?:much|many|often|long)|which|what|if)\b"
)
_MORE_THAN_NAME = re.compile(r"\b(with|if|while|when|as|on|alongside|because|since)\b")
_REMEDY_VERB = re.compile(
    r"\b(?:take|try|get|use|buy|have|need|start|having|taking|using|trying|about|"
    r"recommend|suggest)(?: \w+)?$"
)
_TAKEN_VERB = re.compile(
    r"\b(?:took|taken|popped|popping|swallowed|downed|necked|prescribed|given|gave me|gave her|gave him|already|"
    r"rubbed|applied|"
    r"(?:i|we|ve|have|has|just|only|she|he|also) (?:had|tried|used|put)|"
    r"(?:have|ve|has|i|just) (?:just |only |already )?(?:had|tried|used|got|put)|"
    r"(?:m|am|'m|been|was|is|s|'s|are|still|started|keep|keeps|already|currently|now|ive been|regularly|"
    r"daily) (?:\w+ )?(?:taking|using|on|having)|"
    r"put (?:me|her|him) on|^on|^taking|^taken|^using|^tried|another|more)\b"
)
_TAKE_BARE = re.compile(
    r"(?:^|\b(\w+) )(?:i|we|she|he) (?:also |usually |normally |already |still |currently |sometimes |"
    r"regularly |always |just |only |do |daily )*"
    r"(?:take|takes|use|uses|put|pop)\b"
)
_USED_TO = re.compile(
    r"\b(?:used to|stopped|came off|come off|coming off|quit|no longer|took me off|"
    r"off)\b(?: \w+){0,3}$"
)
_NOT_HELPING = re.compile(
    r"^\W*(?:\d+\s?(?:mg)?\s*|tablets?\s*|pills?\s*|gel\s*)*"
    r"(?:(?:is|are|was|has|have|did|does|do|s) ?(?:n't|nt|not|nothing|barely|hardly)|did nothing|does nothing|"
    r"(?:barely|hardly|only) (?:helps|helped|touches|works)|"
    r"helped|so far\b|wore off|wears off|made|makes|upsets?|daily\b|every (?:day|night|morning|\d|few|four|six)|"
    r"twice|three times|once a|each day|this morning|last night|"
    r"\d+ (?:hours|hrs|mins|minutes) ago|an hour ago|earlier|yesterday|for (?:my heart|\d+ (?:days|weeks)))"
)
_HELPING = re.compile(r"\b(?:help|helping|work|working|touch|touching|cut|cutting)\b")
_LONG_USE = re.compile(
    r"^\W*(?:\w+ ){0,5}?(?:for|over|past|last) (?:(?:the|over|about|around|nearly|almost|past|last|"
    r"more than) ){0,3}(?:(\d+) (days?|weeks?|months?)|(weeks|months|a month|years|ages))\b"
)


def no_longer(place: Place) -> bool:
    """The clause says that it was taken once: "I came off warfarin"."""
    return bool(_USED_TO.search(place.left))


def is_taken(place: Place) -> bool:
    """The medicine is taken, as far as the clause says; for those of `TAKEN_ONLY` it must say so."""
    inside = " ".join(place.inside)
    whole = f"{place.left} {inside}".strip()
    if _says_taken(place, whole):
        return True
    if place.slug in TAKEN_ONLY:
        return False
    asked = bool(_MODAL_ASK.search(place.left))
    if asked and _REMEDY_AFTER.match(place.right):
        return False
    # "Can I take prednisone" asks for it; "can I take ibuprofen with warfarin" tells that warfarin is taken.
    return not (asked and _REMEDY_VERB.search(place.left) and not _MORE_THAN_NAME.search(place.left))


def _says_taken(place: Place, whole: str) -> bool:
    if _NOT_HELPING.match(place.right) and not _MODAL_ASK.search(place.left):
        return True
    if re.search(
        r"(?:is|are|does|did|do) ?(?:n't|nt|not) (?:the |"
        r"my )?$",
        f"{place.left} ",
    ) and _HELPING.search(place.right):
        return True
    if "my" in place.before[-2:] and not _MODAL_ASK.search(place.left):
        return True
    bare = _last(_TAKE_BARE, whole)
    verb = _last(_TAKEN_VERB, whole)
    # The verb that is nearest to the medicine decides: "can I take ibuprofen if I already took Tylenol".
    if bare is not None and (verb is None or bare.end() > verb.end()):
        return (bare.group(1) or "") not in MODALS | {"do", "did", "does", "if", "when", "before", "must", "have"}
    if verb is None or len(whole[verb.end() :].split()) > _NEAR:
        return False
    lead, tail = whole[: verb.start()].rstrip(), whole[verb.end() :]
    if re.search(r"\b(?:take|try|use|buy|get|with|and can|or)\b", tail):
        return False
    if verb.group().startswith(("taken", "more")) and re.search(r"\b(?:be|can|should|could)\b", lead):
        return False
    return not re.search(
        r"\b(?:should|can|could|would|shall|may|might|will) (?:i|he|she|we|it|"
        r"my \w+)?(?: be)?$",
        lead,
    )


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return found[-1] if found else None


def taken_long(plain: str) -> bool:
    """An anti-inflammatory is taken for longer than NSAID_DAYS, by a text in small letters, numbers in figures."""
    for match in re.finditer(
        r"\b(?:ibuprofen|advil|nurofen|motrin|naproxen|aleve|naprosyn|diclofenac|nsaids?|"
        r"anti inflammator\w+|it|them)\b",
        plain,
    ):
        use = _LONG_USE.match(plain[match.end() :])
        if use is None or re.search(r"\b(?:back|spasms?|pain)\b", use.group()):
            continue
        if use.group(3):
            return True
        days = int(use.group(1)) * {"d": 1, "w": 7, "m": 30}[use.group(2)[0]]
        if days > NSAID_DAYS:
            return True
    return False
