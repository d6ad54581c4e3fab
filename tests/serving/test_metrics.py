"""Figures: counted where they happen, served on their own address, with labels of few values."""

from __future__ import annotations

import logging
import math
import urllib.error
import urllib.request
from typing import Any

import pytest

from serving import metrics
from tests.channels.running_server import free_port


def _value(name: str, **labels: str) -> float:
    return metrics.REGISTRY.get_sample_value(f"back_spasm_{name}", labels) or 0.0


def test_a_turn_is_counted_with_channel_level_and_time() -> None:
    before = _value("messages_total", channel="web"), _value("levels_total", level="S"), _value("turn_seconds_count")
    failed = _value("failed_turns_total")
    with metrics.turn("web") as ended:
        assert _value("turns_in_flight") == 1
        ended("S", "")
    with metrics.turn("web") as ended:
        ended("none", "ValueError")
    after = _value("messages_total", channel="web"), _value("levels_total", level="S"), _value("turn_seconds_count")
    assert [new - old for new, old in zip(after, before, strict=True)] == [2, 1, 2]
    assert _value("failed_turns_total") - failed == 1
    assert _value("turns_in_flight") == 0


def test_errors_of_the_log_are_counted_by_module(caplog: pytest.LogCaptureFixture) -> None:
    counting = metrics.CountErrors(logging.ERROR)
    log = logging.getLogger("serving.test_of_metrics")
    log.addHandler(counting)
    log.warning("a warning")
    log.error("my bladder is numb")
    assert _value("errors_total", module="serving.test_of_metrics") == 1


def test_a_figure_that_cannot_be_had_does_not_hide_the_others() -> None:
    def broken() -> float:
        raise RuntimeError("database away")

    metrics.asked_for(metrics.OUTBOX, broken)
    try:
        assert math.isnan(_value("outbox_messages"))
        metrics.asked_for(metrics.OUTBOX, lambda: 3)
        assert _value("outbox_messages") == 3
    finally:
        metrics.OUTBOX.set_function(lambda: 0.0)


def test_only_the_path_of_the_figures_is_served() -> None:
    port = free_port()
    stop = metrics.serve("127.0.0.1", port)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
            assert b"back_spasm_turn_seconds_bucket" in answer.read()
        for path in ("/", "/metrics/x", "/favicon.ico"):
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{path}")
            assert refused.value.code == 404
    finally:
        stop()


def test_no_label_could_hold_what_a_person_is_or_said() -> None:
    allowed = {"channel", "level", "status", "module", "le"}
    ours: Any = [one for one in metrics.REGISTRY.collect() if one.name.startswith("back_spasm")]
    assert {label for one in ours for sample in one.samples for label in sample.labels} <= allowed
