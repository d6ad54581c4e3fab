"""People do anything with the running server, in seeded walks; each is followed by a plain question that is answered.

100 walks at every run; LIVE_WALKS=5000 walks on.
"""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from tests.channels.running_server import RunningServer

WALKS = int(os.environ.get("LIVE_WALKS", "100"))
PARTS = 4
STEPS = 3
TYPED = (
    *(
        "my back cramps after golf, what do I do",
        "is heat ok?",
        "what is an mri",
        "yes",
        "no",
        "not sure",
        "2",
        "the last",
    ),
    *("none of these", "why do you ask", "go back", "stop", "start over", "hello", "thanks", "asdfgh", "", "/restart"),
    *("I have a pacemaker", "since yesterday", "remind me tomorrow", "delete my data", "help me stretch", "that hurts"),
    *(
        "I cannot feel my bottom and I cannot pee",
        "me duele la espalda",
        "a sheet for my doctor",
        "this advice is wrong",
    ),
)


def _next(rng: random.Random, said: list[dict[str, Any]]) -> dict[str, Any]:
    """A button, ticks, a mark or words."""
    buttons = [button["id"] for message in said for button in message.get("buttons", ())]
    lists = [message["ticks"] for message in said if message.get("ticks")]
    way = rng.random()
    if buttons and way < 0.35:
        return {"button": rng.choice(buttons)}
    if lists and way < 0.7:
        items = [item["id"] for item in lists[-1]["items"]]
        return {
            "ticks": rng.choice([[lists[-1]["none"]["id"]], rng.sample(items, rng.choice((1, min(2, len(items)))))])
        }
    return {"scale": rng.randrange(11)} if way > 0.95 else {"text": rng.choice(TYPED)}


@pytest.mark.parametrize("part", range(PARTS))
def test_after_any_walk_a_plain_question_is_answered(served: RunningServer, part: int) -> None:
    for seed in range(part, WALKS, PARTS):
        rng, token, said = random.Random(seed), served.session(), []  # noqa: S311  # to be repeated, nothing secret
        for _ in range(STEPS):
            said = served.say(token, **_next(rng, said))
            assert said, seed
            assert all(message["text"].strip() for message in said), seed
        probe = served.say(token, text="what is an mri")
        assert [message["kind"] for message in probe] != ["safety"], seed
        assert all(message["text"].strip() for message in probe), seed
