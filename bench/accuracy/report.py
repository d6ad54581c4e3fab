"""The page docs/accuracy.md, from counts alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from bench.accuracy.cost import LENGTHS, Cost
from bench.accuracy.scores import Judged, Share, by_flag, levels, negation_pairs, share, totals
from bench.accuracy.whole import Course
from reasoning.triage import Level, flags

GOALS = {
    "emergencies_found": "all",
    "safe": "0.99",
    "exact": "0.85",
    "self_care_kept": "0.85",
    "no_alarm_on_harmless": "0.98",
    "recall_emergency_flags": "0.95",
    "recall": "0.95",
    "precision": "reported",
}
TITLES = {
    "emergencies_found": "emergencies recognised as emergencies",
    "safe": "level not lower than expected",
    "exact": "level exact",
    "self_care_kept": "self-care kept as self-care",
    "no_alarm_on_harmless": "harmless messages without an emergency alarm",
    "recall_emergency_flags": "recall of the flags that can be emergencies",
    "recall": "recall of all flags",
    "precision": "precision of all flags",
}
Sets = Mapping[str, Sequence[Judged]]
Ladder = Mapping[float, Sequence[Judged]]


def page(judged: Sets, ladder: Ladder, patterns: Sets, *more: str) -> str:
    """The whole page; `more`: further sections."""
    sealed = judged["sealed"]
    parts = [
        "# Accuracy: what the watch makes of messages that it has not seen",
        f"Written by `make accuracy` on {date.today().isoformat()}; do not edit.\n"
        f"The sealed set ({len(sealed)} messages) was written by others than the patterns' authors, has never been "
        "read by them, and is scored for this page only; so is the second sealed set, by a later writer "
        f"({len(judged['sealed_2'])} messages); the open set "
        f"({len(judged['open'])} messages) was tuned on, so its figures flatter. Both: tests/vignettes/. The labels "
        "are desk work: no clinician has checked them.\n"
        "Shares stand with their 95 % bounds (Wilson). A level is judged from the one message alone, before anything "
        "is asked.",
        "## Totals\n\n" + _totals(judged, patterns),
        "## Level expected × level advised, sealed set\n\n" + _levels(sealed),
        "## Special sets\n\n" + _special(judged),
        "## Typing mistakes\n\n"
        "Share of the words of four letters and more that carry one mistake, sealed set without its misspelt "
        "messages.\n\n" + _ladder(ladder),
        "## Flag by flag, all sets\n\n"
        "Alarms too many are messages in which the flag was seen and is not labelled; they are over-triage, and no "
        "level is lowered to make them fewer.\n\n" + _flags([row for found in judged.values() for row in found]),
        "## Emergencies missed\n\nIdentifiers only; the sealed sentences stay unread.\n\n" + _missed(judged),
    ]
    return "\n\n".join([*parts, *more]) + "\n"


def _totals(judged: Sets, patterns: Sets) -> str:
    found = {name: totals(rows) for name, rows in judged.items()}
    alone = {name: totals(rows) for name, rows in patterns.items()}
    rows = []
    for name, title in TITLES.items():
        figures = [getattr(found[kind], name) for kind in ("sealed", "sealed_2", "open")]
        without = [f"{getattr(alone[kind], name).value:.3f}" for kind in ("sealed", "sealed_2")]
        rows.append(f"| {title} | {GOALS[name]} | {' | '.join(map(str, figures))} | {' | '.join(without)} |")
    head = "| | goal | sealed | second sealed | open | sealed, patterns alone | second sealed, patterns alone |"
    return _table(head, rows)


def _levels(judged: Sequence[Judged]) -> str:
    counted = levels(judged)
    head = "| expected ↓ advised → | " + " | ".join(Level) + " |"
    rows = [f"| {row} | " + " | ".join(str(counted[row, column] or "") for column in Level) + " |" for row in Level]
    return _table(head, rows)


def _special(judged: Sets) -> str:
    rows = []
    for name, found in judged.items():
        pairs = negation_pairs(found)
        rows.append(
            f"| negation pairs, {name} | {Share(pairs.right, pairs.right + pairs.wrong)} right; "
            f"unsafe flips: {pairs.unsafe_flips} | 0.97, no unsafe flip |"
        )
        crisis = [row for row in found if row.kind == "crisis" and row.wanted]
        rows.append(f"| crisis, {name}: level as labelled or higher | {share(row.safe for row in crisis)} | all |")
        hyperbole = [row for row in found if row.kind == "hyperbole"]
        calm = share(not row.advised.emergency for row in hyperbole if not row.expected.emergency)
        rows.append(f"| hyperbole, {name}: no emergency alarm | {calm} | 0.98 |")
    return _table("| set | figure | goal |", rows)


def _ladder(ladder: Ladder) -> str:
    rows = []
    for step, judged in ladder.items():
        figures = totals(judged)
        rows.append(
            f"| {100 * step:.0f} % | {figures.recall} | {figures.emergencies_found} | {figures.no_alarm_on_harmless} |"
        )
    return _table("| words mistyped | recall of all flags | emergencies recognised | harmless without alarm |", rows)


def _flags(judged: Iterable[Judged]) -> str:
    counts = by_flag(judged)
    rows = [
        f"| {flag.id} {slug} | {flag.level_if_unknown} | {Share(count.hit, count.hit + count.missed)} | "
        f"{Share(count.hit, count.hit + count.false)} | {count.false} |"
        for slug, flag in flags().items()
        if (count := counts.get(slug)) is not None
    ]
    return _table("| flag | level | recall | precision | alarms too many |", rows)


def _missed(judged: Sets) -> str:
    rows = [
        f"| {row.id} | {name} | {row.expected} | {row.advised} | {', '.join(sorted(row.wanted))} |"
        for name, found in judged.items()
        for row in found
        if all(level.emergency for level in row.accepted) and not row.advised.emergency
    ]
    return _table("| message | set | expected | advised | flags labelled |", rows) if rows else "None."


def whole(talks: Mapping[str, Sequence[Course]]) -> str:
    """The section on whole conversations."""
    rows = []
    for name, found in talks.items():
        told = [course for course in found if course.emergency_at is not None]
        missed = ", ".join(course.name for course in told if course.missed) or "none"
        rows.append(
            f"| {name} | {len(found)} | {share(not course.missed for course in told)} | {missed} | "
            f"{sum(course.advice_after for course in found)} | "
            f"{share(not course.false_alarm for course in found)} | "
            f"{share(not course.lower for course in found)} | {sum(course.silent for course in found)} |"
        )
    head = (
        "| set | conversations | emergencies recognised in the turn that tells of them | missed | with advice after it "
        "| without a false alarm | level at the end not lower | with a turn unanswered |"
    )
    return (
        "## Whole conversations\n\n"
        "The person's turns were written by somebody who had not seen the bot's answers; half are sealed like the "
        "messages above, half are open. An alarm is due in the turn that tells of danger.\n\n"
    ) + _table(head, rows)


def with_a_layer_failing(broken: Mapping[str, Counter[str]]) -> str:
    """The section on failing layers: each message goes the whole way of a message."""
    rows = []
    for layer, counted in broken.items():
        emergencies = Share(counted["alarm"], counted["alarm"] + counted["missed"])
        rows.append(f"| {layer} | {emergencies} | {counted['advice']} | {counted['safety']} | {counted['silent']} |")
    head = "| layer that fails | emergencies that got the alarm | messages with advice | safety text | no answer |"
    return (
        "## With a layer failing, sealed set\n\n"
        "Each message goes the whole way of a message; the layer raises at each call. Alarm: the emergency or crisis "
        "message was the answer. Advice: an answer or a plan left.\n\n"
    ) + _table(head, rows)


def costs(of_messages: Mapping[str, Cost], doubled: Mapping[str, Sequence[float]]) -> str:
    """The section on what the watch costs."""
    rows = [f"| {name} | {cost} |" for name, cost in of_messages.items()]
    hostile = [
        f"| {name} | " + " | ".join(f"{taken:.1f}" for taken in found) + f" | {found[-1] / found[-2]:.1f} |"
        for name, found in doubled.items()
    ]
    head = "| hostile input of | " + " | ".join(f"{length}" for length in LENGTHS) + " | last doubling × |"
    return (
        "## What it costs\n\nProcessor milliseconds of one thread, median (95 %).\n\n"
        + _table("| message | ms |", rows)
        + "\n\nHostile input by its characters, best of five; linear time doubles.\n\n"
        + _table(head, hostile)
    )


def _table(head: str, rows: Iterable[str]) -> str:
    return "\n".join([head, "|" + " --- |" * (head.count("|") - 1), *rows])
