"""Runs the custom actions in this process, in the place where Rasa expects an action server.

Stock Rasa posts to an action server; when that is down it skips the action and goes on with the rule, so a safety step
could be left out while advice still goes out (docs/decisions/0004). Rasa only needs an object with `url` and `request`.
"""

from __future__ import annotations

import contextvars
from typing import Any

from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

# Set for the turn when an action raised: Rasa logs it and goes on, the way of a message must not.
action_failed: contextvars.ContextVar[list[str] | None] = contextvars.ContextVar("action_failed", default=None)


class InProcessActions(EndpointConfig):
    """Stands in for the action server's address."""

    def __init__(self, package: str = "actions") -> None:
        """Import the actions of a package and register them."""
        super().__init__(url="in-process")
        self.executor = ActionExecutor()
        self.executor.register_package(package)

    async def request(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        """Run the action that Rasa asks for; what it raises is noted for the turn and raised again."""
        call = kwargs["json"]
        try:
            result = await self.executor.run(call)
        except Exception:
            failures = action_failed.get()
            if failures is not None:
                failures.append(str(call.get("next_action")))
            raise
        return result or {"events": [], "responses": []}
