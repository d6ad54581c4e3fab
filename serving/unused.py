"""What Rasa and medspaCy import and a process that talks with people never uses: it stays out of that process.

A third of what a server imports, 60 MB and 2.5 s of its start (docs/speed.md). The names are answered for by a stand-in
(setup/stand_ins.py). What a package of this list is already loaded by, such as Rasa's command line, keeps it.
"""

from __future__ import annotations

import sys

from stand_ins import LEFT_OUT, StandIn

UNUSED = frozenset(
    {
        "aiogram",  # Rasa's Telegram input; ours is channels/telegram/
        "boto3",  # conversations in DynamoDB
        "pymongo",  # conversations in MongoDB
        "redis",  # conversations and locks in Redis
        "fbmessenger",  # Rasa's inputs that nobody switches on, from here ...
        "twilio",
        "webexteamssdk",
        "socketio",
        "google.auth",
        "google.oauth2",
        "cachecontrol",  # ... to here
        "questionary",  # the questions of Rasa's command line
        "prompt_toolkit",
        "nltk",  # medspaCy's matcher of dictionaries; of medspaCy, ConText alone is used
        "PyRuSH",  # medspaCy's sentences; ours are understanding/clauses.py
    }
)


def leave_out() -> None:
    """Put their stand-in before all finders, once per process."""
    if not any(isinstance(finder, StandIn) and finder.packages == UNUSED for finder in sys.meta_path):
        sys.meta_path.insert(0, StandIn(UNUSED, LEFT_OUT))
