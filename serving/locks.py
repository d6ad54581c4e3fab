"""Rasa's lock store: a conversation's turn (serving/turns.py), by the module path in endpoints.yml.

Rasa's own keeps its locks in the process, or in Redis for a time that a long turn outlives.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from rasa.core.lock import TicketLock
from rasa.core.lock_store import LockStore

from serving.stores import ConversationStore
from serving.turns import turn_of


class ConversationLockStore(LockStore):
    """Within a turn of the conversation nothing is left to be locked; outside, one is begun, and kept at its end."""

    def __init__(self, endpoint_config: Any = None, store: ConversationStore | None = None) -> None:
        """`store`: where the turns are; Rasa's own commands, which give none, get the configured one."""
        super().__init__()
        self._store = store or ConversationStore()

    @contextlib.asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = 0, wait_time_in_seconds: float = 0
    ) -> AsyncIterator[TicketLock]:
        """Alone with the conversation. The times are of Rasa's own tickets, which are not used."""
        ticket = TicketLock(conversation_id)
        if turn_of(conversation_id) is not None:
            yield ticket
            return
        async with self._store.turn(conversation_id) as turn:
            yield ticket
            await self._store.keep(turn)
