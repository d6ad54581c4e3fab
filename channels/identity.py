"""Conversation ids of the platforms: a keyed hash, so that no channel reaches another's and none tells whose it is."""

from __future__ import annotations

import base64
import hashlib
import hmac

from reasoning.messages import CONVERSATION_ID

LENGTH = 32  # characters of five bits: 160 bits


def conversation_id(prefix: str, platform_id: str | int, secret: str) -> str:
    """`tg:…` or `sl:…` for a platform's own id (a chat; team and user together), with the server's secret.

    The prefix is part of what is hashed: the same number on two platforms is two people. ValueError for a prefix that
    makes no conversation id, and for an empty secret, with which everybody could work out the ids.
    """
    if not secret:
        raise ValueError("conversation ids need the server's secret")
    digest = hmac.new(secret.encode(), f"conversation\0{prefix}\0{platform_id}".encode(), hashlib.sha256).digest()
    made = f"{prefix}:{base64.b32encode(digest).decode().lower()[:LENGTH]}"
    if not CONVERSATION_ID.match(made):
        raise ValueError("a prefix is a few letters or digits")
    return made
