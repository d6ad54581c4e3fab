"""Keeps every process of this environment to itself: nothing is reported to anybody, nothing is written elsewhere,
and no processor is kept busy for nothing.

Several of the libraries send usage data unless told not to, and one of them (onnxruntime) decides while it is being
imported; people write about their health here. The `.pth` file that setup/install.py writes loads this module at the
start of every Python process of the environment, before any library. A value that is already set is left alone,
except for those that would report.
"""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

REPORTS_NOTHING = {
    "RASA_TELEMETRY_ENABLED": "false",
    "ORT_DISABLE_TELEMETRY": "1",  # onnxruntime: no device id, no events (Privacy.md in its package)
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
}
WRITES_INSIDE = {"MPLCONFIGDIR": str(ROOT / ".tools" / "matplotlib")}  # `rasa test` draws; fonts are cached here
# For the few numbers of a message BLAS would wake a thread on every core and let it spin: a server that answered one
# person used 1.8 processors, and now uses one (docs/speed.md).
WAKES_NO_THREADS = {"OPENBLAS_NUM_THREADS": "1", "VECLIB_MAXIMUM_THREADS": "1"}

os.environ.update(REPORTS_NOTHING)
for name, value in {**WRITES_INSIDE, **WAKES_NO_THREADS}.items():
    os.environ.setdefault(name, value)
