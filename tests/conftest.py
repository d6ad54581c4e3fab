"""For every test: with WITHOUT_RASA set (`make test-pure`), importing Rasa is an error, so that pure stays pure."""

from __future__ import annotations

import os
import sys

if os.environ.get("WITHOUT_RASA"):
    for name in ("rasa", "rasa_sdk", "tensorflow", "spacy"):
        sys.modules[name] = None  # type: ignore[assignment]  # the import system then says: not found
