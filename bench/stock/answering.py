"""The action server of stock Rasa in the comparison of speed: one action that says the answer of the intent.

Runs in stock Rasa's own environment, in the folder of the project: `python -m rasa_sdk --actions answering`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

FALLBACK = "nlu_fallback"
ANSWERS: dict[str, str] = json.loads(Path("answers.json").read_text(encoding="utf-8"))


class Answer(Action):
    """Says the first answer of the topic; for an intent without one, what is said to what was not understood."""

    def name(self) -> str:
        """As the domain calls it."""
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[dict[str, Any]]:
        """Say it; nothing is changed."""
        intent = str((tracker.latest_message.get("intent") or {}).get("name"))
        dispatcher.utter_message(text=ANSWERS.get(intent, ANSWERS[FALLBACK]))
        return []
