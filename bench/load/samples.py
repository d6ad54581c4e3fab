"""What was measured of each message, and the figures that come of many."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bench.load.people import ANSWERED, NO_ERROR, REFUSED_SAFELY, STRAYED


@dataclass(frozen=True)
class Sample:
    """One message: milliseconds until its answer, what became of it (people.ANSWERED …), whether it was typed."""

    milliseconds: float
    became: str
    typed: bool = True


def percentiles(values: Iterable[float], prefix: str = "") -> dict[str, float]:
    """p50, p95 and p99 in the unit of the values; none of them for no value."""
    ordered = sorted(values)
    if not ordered:
        return {}
    if len(ordered) == 1:
        ordered *= 2
    cut = statistics.quantiles(ordered, n=100, method="inclusive")
    return {f"{prefix}p{share}": round(cut[share - 1], 2) for share in (50, 95, 99)}


def figures(samples: list[Sample], seconds: float) -> dict[str, Any]:
    """Messages per second, milliseconds of what was answered (of all, and of what was typed), refusals and errors."""
    answered = [sample for sample in samples if sample.became == ANSWERED]
    refused = [sample for sample in samples if sample.became == REFUSED_SAFELY]
    errors = Counter(sample.became for sample in samples if sample.became not in NO_ERROR)
    return {
        "messages": len(answered),
        "seconds": round(seconds, 1),
        "per_second": round(len(answered) / seconds, 2),
        **percentiles(sample.milliseconds for sample in answered),
        **percentiles((sample.milliseconds for sample in answered if sample.typed), "typed_"),
        "refused": len(refused),
        **percentiles((sample.milliseconds for sample in refused), "refused_"),
        "errors": dict(errors),
        "strayed": sum(sample.became == STRAYED for sample in samples),
    }
