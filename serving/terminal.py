"""Conversations for programs of this machine: no server, conversations in memory."""

from __future__ import annotations

from serving import manifest
from serving.conversations import Conversations, start
from serving.quiet import quieten
from serving.settings import ROOT, Settings, newest_model

PREFIX = "term:"


async def open_conversations() -> Conversations:
    """Load the newest model, with conversations kept in memory only."""
    quieten()
    manifest.check(ROOT, newest_model())
    return await start(newest_model(), country=Settings.from_environment().country)
