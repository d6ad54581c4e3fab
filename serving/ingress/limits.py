"""How much is taken in, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What the server takes at once. 0 for a rate: no limit.

    `messages_a_minute` of one conversation, `requests_a_minute` of one address, `turns_at_once` of all people,
    `turn_seconds` until a person gets the safety text instead, `proxies` in front of this server that tell the address.
    """

    messages_a_minute: int = 0
    requests_a_minute: int = 0
    turns_at_once: int = 64
    turn_seconds: int = 10
    proxies: int = 0

    @classmethod
    def of(cls, values: Mapping[str, str]) -> Limits:
        """From the checked values of the environment."""
        return cls(
            messages_a_minute=int(values["MESSAGES_PER_MINUTE"]),
            requests_a_minute=int(values["REQUESTS_PER_MINUTE"]),
            turns_at_once=int(values["TURNS_AT_ONCE"]),
            turn_seconds=int(values["TURN_SECONDS"]),
            proxies=int(values["PROXIES"]),
        )
