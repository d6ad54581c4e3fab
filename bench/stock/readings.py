"""What stock Rasa reads in each text, and how long it takes: runs in stock Rasa's own environment.

Usage: bench/stock/.venv/bin/python bench/stock/readings.py MODEL TEXTS READINGS
TEXTS: a JSON list. READINGS: {"intents": [one per text], "milliseconds": [one per text]}, timed one after the other
after a warm-up, so that neither loading nor TensorFlow's first calls count. (Files, since Rasa prints as it likes.)
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

from rasa.core.agent import Agent
from rasa.utils.log_utils import configure_structlog

WARM_UP = 20


async def _read(agent: Agent, texts: list[str]) -> dict[str, list[Any]]:
    for text in texts[:WARM_UP]:
        await agent.parse_message(text)
    intents, milliseconds = [], []
    for text in texts:
        start = time.perf_counter()
        reading = await agent.parse_message(text)
        milliseconds.append((time.perf_counter() - start) * 1000)
        intents.append(reading["intent"]["name"])
    return {"intents": intents, "milliseconds": milliseconds}


def main() -> int:
    """Read all texts; 0."""
    model, texts, readings = sys.argv[1:]
    configure_structlog(logging.WARNING)  # as its server does; unset, it prints every message, and that takes time
    Path(readings).write_text(json.dumps(asyncio.run(_read(Agent.load(model), json.loads(Path(texts).read_text())))))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
