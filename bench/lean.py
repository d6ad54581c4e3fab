"""What serving/lean.py saves: the same conversations with and without it, turn about in one process.

`python -m bench.lean [--rounds 6]`: rounds come in pairs, in changing order, on new conversations in SQLite; printed is
the time of a turn (median over the rounds), and the ratio with / without of each pair, which a busy machine changes
least. Processor time, not the clock's.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import tempfile
import time
from pathlib import Path

from bench.load.people import Lost, inbound
from bench.load.scripts import Script, scripts
from reasoning.messages import Inbound
from serving.quiet import quieten


async def compare(rounds: int, number: int, length: int) -> None:
    """Print the figures of `number` conversations, and of one of `length` turns."""
    quieten()
    from rasa.engine.runner.dask import DaskGraphRunner

    from serving import lean
    from serving.conversations import Conversations, start
    from serving.settings import newest_model
    from serving.stores import ConversationStore

    plain = lean.PlainRunner.run

    def with_all() -> None:
        lean.make_lean()
        lean.PlainRunner.run = plain

    def without() -> None:
        lean.make_stock()
        lean.PlainRunner.run = DaskGraphRunner.run  # the runner of the model that is loaded

    async def talk(conversations: Conversations, script: Script) -> tuple[float, int]:
        conversation, messages, turns = f"term:{secrets.token_hex(8)}", [], 0
        began = time.process_time()
        for turn in script:
            try:
                message = inbound(turn, messages)
            except Lost:
                break
            messages = list((await conversations.handle(conversation, Inbound.parse(message))).messages)
            turns += 1
        return time.process_time() - began, turns

    with tempfile.TemporaryDirectory() as folder:
        conversations = await start(newest_model(), tracker_store=ConversationStore.at(Path(folder, "chats.db")))
        short = scripts()[:number]
        typed = [script[0] for script in scripts(typed_only=True)]
        for name, talks in (("short", short), (f"one of {length} turns", [tuple(typed[:length])])):
            await talk(conversations, talks[0])
            taken: dict[bool, list[float]] = {True: [], False: []}
            for pair in range(rounds):
                for with_it in (pair % 2 == 0, pair % 2 == 1):
                    (with_all if with_it else without)()
                    found = [await talk(conversations, script) for script in talks]
                    taken[with_it].append(1000 * sum(used for used, _ in found) / sum(turns for _, turns in found))
            ratios = [on / off for on, off in zip(taken[True], taken[False], strict=True)]
            print(
                f"{name}: {statistics.median(taken[False]):.1f} ms a turn without, "
                f"{statistics.median(taken[True]):.1f} with; ratio {statistics.median(ratios):.3f} "
                f"({min(ratios):.3f} to {max(ratios):.3f}, {rounds} pairs)",
                flush=True,
            )


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=6, help="pairs")
    parser.add_argument("--conversations", type=int, default=12)
    parser.add_argument("--length", type=int, default=40, help="turns of the long conversation")
    arguments = parser.parse_args()
    asyncio.run(compare(arguments.rounds, arguments.conversations, arguments.length))


if __name__ == "__main__":
    main()
