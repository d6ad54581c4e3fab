"""Under load nothing is lost: the short form of `make soak`; and the measuring itself tells the truth."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bench.load import long_tests, pages, processes, soak, systems
from bench.load.people import ANSWERED, REFUSED_SAFELY, Lost, Ours, Person, inbound
from bench.load.samples import Sample, figures, percentiles
from bench.load.scripts import Turn, endless, scripts
from bench.load.shapes import Crowd, closed
from bench.profile import layers

SCRIPT = (Turn("say", ("my back",)), Turn("press", ("Yes",)))


@dataclass
class Pretended:
    """A server that needs so many seconds for a message, one after the other, and refuses when too many wait."""

    seconds: float = 0.0
    room: int = 1000
    empty_at: int = -1
    waiting: int = 0
    count: int = 0

    def __post_init__(self) -> None:
        self.alone = asyncio.Lock()

    async def begin(self) -> str:
        return "token"

    async def send(self, person: Person, turn: Turn) -> str:
        self.count += 1
        if self.waiting >= self.room:
            return REFUSED_SAFELY
        self.waiting += 1
        async with self.alone:
            await asyncio.sleep(self.seconds)
        self.waiting -= 1
        return "empty" if self.count == self.empty_at else ANSWERED


@dataclass
class PretendedSystem:
    """Stands in for a running server."""

    talker: Pretended

    def talkers(self, _http: Any) -> list[Pretended]:
        return [self.talker]

    def memory_mb(self) -> float:
        return 1.0


async def test_twenty_people_in_real_conversations_are_all_answered(tmp_path: Path) -> None:
    """Five messages a second for 15 seconds against the product's own server: no error, no empty answer."""
    with systems.ours(folder=tmp_path) as server:
        async with systems.session() as http:
            crowd = Crowd(server.talkers(http), scripts())
            await crowd.come(20)
            samples, seconds = await crowd.arrive(rate=5, seconds=15)
        found = figures(samples, seconds)
    assert found["errors"] == {}
    assert found["refused"] == 0
    assert found["strayed"] == 0
    assert found["messages"] == len(samples) > 45


async def test_milliseconds_count_from_when_a_message_was_due() -> None:
    """A server that takes 50 ms, asked 40 times a second, keeps people waiting: an open load shows the queue."""
    crowd = Crowd([Pretended(seconds=0.05)], [SCRIPT])
    samples, _ = await crowd.arrive(rate=40, seconds=1.5)
    assert figures(samples, 1.5)["p95"] > 400


async def test_people_who_wait_for_their_answer_do_not_pile_up() -> None:
    samples, seconds = await closed([Pretended(seconds=0.02)], [SCRIPT], clients=2, seconds=0.6)
    found = figures(samples, seconds)
    assert found["errors"] == {}
    assert 15 < found["per_second"] < 51
    assert found["p50"] < 200


async def test_a_ramp_ends_past_saturation_and_tells_where_it_is() -> None:
    plan = soak.Plan(people=5, ramp=(5, 100, 110, 120, 130, 140), step_seconds=0.8)
    found = await soak.ramp(PretendedSystem(Pretended(seconds=0.03, room=3)), plan)  # type: ignore[arg-type]
    assert found["saturated_at"] == 100
    assert [step["rate"] for step in found["ramp"]] == [5, 100, 110, 120]
    assert found["errors_below"] == 0
    assert found["ramp"][1]["refused"] > 0


async def test_an_error_below_saturation_is_a_problem() -> None:
    plan = soak.Plan(people=5, rate=20, seconds=0.8)
    good, bad = Pretended(), Pretended(empty_at=3)
    for talker, expected in ((good, 0), (bad, 1)):
        found = await soak.steady(PretendedSystem(talker), plan)  # type: ignore[arg-type]
        assert len(soak.problems({"title": "pretended", "steady": found})) == expected, found


async def test_a_refusal_counts_only_with_the_safety_text() -> None:
    """Against a real HTTP server: a 503 that says what to do in an emergency, and one that says nothing of it."""
    from aiohttp import web

    kinds = iter(("safety", "talk"))

    async def full(_request: web.Request) -> web.Response:
        return web.json_response({"messages": [{"kind": next(kinds), "text": "…"}]}, status=503)

    app = web.Application()
    app.router.add_post("/webhooks/web/messages", full)
    runner = web.AppRunner(app)
    await runner.setup()
    port = processes.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with systems.session() as http:
        talker = Ours(http, f"http://127.0.0.1:{port}")
        person = Person(talker, iter(()), left=list(SCRIPT))
        assert (await person.write())[0] == REFUSED_SAFELY
        assert len(person.left) == 2  # it will be sent again
        assert (await person.write())[0] == "503 without a safety text"
    await runner.cleanup()


def test_what_was_offered_is_found_by_its_title() -> None:
    item = {"id": "i1", "title": "Numb"}
    ticks = {"items": [item], "none": {"id": "n1", "title": "None of these"}}
    offered = [{"buttons": [{"id": "b1", "title": "Yes"}]}, {"ticks": ticks}]
    assert inbound(Turn("say", ("hello",)), []) == {"text": "hello"}
    assert inbound(Turn("press", ("Yes",)), offered) == {"button": "b1"}
    assert inbound(Turn("press", ("None of these",)), offered) == {"button": "n1"}
    assert inbound(Turn("tick", ("Numb",)), offered) == {"ticks": ["i1"]}
    for turn in (Turn("press", ("No",)), Turn("tick", ("Fever",))):
        with pytest.raises(Lost):
            inbound(turn, offered)


def test_all_conversations_are_talked_as_often_as_each_other() -> None:
    of = scripts()
    assert len(of) > 100
    assert {turn.way for script in of for turn in script} == {"say", "press", "tick"}
    assert {turn.way for script in scripts(typed_only=True) for turn in script} == {"say"}
    order = endless(of, seed=3)
    first = [next(order) for _ in of]
    assert sorted(map(str, first)) == sorted(map(str, of))


def test_figures_tell_answers_refusals_and_errors_apart() -> None:
    samples = [Sample(float(ms), ANSWERED, ms % 2 == 0) for ms in range(1, 101)]
    samples += [Sample(1.0, REFUSED_SAFELY), Sample(9000.0, "timeout"), Sample(0.0, "empty")]
    found = figures(samples, 10.0)
    assert (found["messages"], found["per_second"], found["refused"]) == (100, 10.0, 1)
    assert found["errors"] == {"timeout": 1, "empty": 1}
    assert found["p50"] == pytest.approx(50.5)
    assert 94 < found["p95"] < 97
    assert percentiles([]) == {}


def _ended_within(seconds: float, pid: int) -> bool:
    """Whether a process is gone, or waits as a zombie for a parent to notice: a kill takes a moment."""
    stat = Path(f"/proc/{pid}/stat")
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_a_process_is_ended_with_its_children(tmp_path: Path) -> None:
    """Also one that ignores the request to end."""
    child = "import time; time.sleep(60)"
    stubborn = (
        "import signal, subprocess, sys, time, http.server; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        f"print(subprocess.Popen([sys.executable, '-c', {child!r}]).pid, flush=True); time.sleep(60)"
    )
    log = tmp_path / "log"
    patience, processes.STOP_SECONDS = processes.STOP_SECONDS, 0.5
    try:
        with processes.running([sys.executable, "-c", stubborn], tmp_path, os.environ, log) as found:
            end = time.monotonic() + 60
            while not log.read_text() and time.monotonic() < end:
                time.sleep(0.05)
            assert found.memory_mb() > 0
    finally:
        processes.STOP_SECONDS = patience
    left = int(log.read_text())
    assert _ended_within(10.0, left), "the child runs on"


def test_who_is_asked_to_end_ends_what_it_started(tmp_path: Path) -> None:
    """A measurement that is ended by a time limit leaves no server behind."""
    program = (
        "import os, pathlib, sys, time; from bench.load import processes; processes.end_with_us()\n"
        f"with processes.running([sys.executable, '-c', 'import time; time.sleep(60)'], pathlib.Path('.'), os.environ,"
        f" pathlib.Path({str(tmp_path / 'log')!r})) as started:\n"
        "    print(started.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=systems.ROOT, stdout=subprocess.PIPE, text=True) as one:
        assert one.stdout is not None
        started = int(one.stdout.readline())
        one.terminate()
        assert one.wait(60) == 143
    assert _ended_within(10.0, started), "what it started runs on"


def test_a_server_that_ends_by_itself_is_not_waited_for(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no model')"]
    url = f"http://127.0.0.1:{processes.free_port()}/"
    with (
        pytest.raises(processes.NotThere, match="no model"),
        processes.running(command, tmp_path, os.environ, tmp_path / "log", url),
    ):
        pass
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(url)


def test_a_section_of_the_page_is_put_in_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "figures.md"
    page.write_text("# Figures\n\n## One\n\nold\n\n## Two\n\nstays\n", encoding="utf-8")
    monkeypatch.setattr(pages, "TARGET", page)
    pages.put("One", "new")
    pages.put("Three", "last")
    assert page.read_text() == "# Figures\n\n## One\n\nnew\n\n## Two\n\nstays\n\n## Three\n\nlast\n"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (1, "E  no\n1 failed, 3 passed in 2.00s"),
        (0, "2 passed, 1 skipped in 2.00s"),
        (5, "no tests ran in 0.01s"),
        (0, ""),
        (2, "12 passed in 3.00s\nINTERNALERROR"),
    ],
)
def test_a_long_test_that_did_not_pass_whole_is_no_figure(status: int, said: str) -> None:
    assert long_tests.outcome(0, "....\n12 passed in 61.00s (0:01:01)\n") == 12
    with pytest.raises(long_tests.Failed):
        long_tests.outcome(status, said)


def test_the_long_tests_are_there_and_read_what_makes_them_long() -> None:
    for long in long_tests.LONG.values():
        text = (systems.ROOT / long.pytest[0]).read_text(encoding="utf-8")
        assert all(f'"{name}"' in text for name in long.variables)
        assert all(f"_{word}" in text for word in long.pytest[2:] if word != "-k")


def test_a_sample_belongs_to_the_layer_in_which_it_was_taken() -> None:
    root = systems.ROOT
    around = f"main ({root}/serving/__main__.py:1);turn ({root}/serving/conversations.py:2)"
    stacks = [
        f"{around};_run (x/rasa/core/processor.py:1);encode ({root}/understanding/encoder.py:3) 6",
        f"{around};Agent.save (x/rasa/core/agent.py:1);do_commit (x/sqlalchemy/engine/default.py:9) 3",
        "main (x/sanic/server/runners.py:1) 1",
    ]
    shares = layers("\n".join(stacks))
    assert shares == [("sentence encoder (ONNX)", 0.6), ("database", 0.3), ("HTTP, JSON, event loop", 0.1)]


async def test_a_failed_turn_is_told_from_an_answer_in_another_language() -> None:
    """Both are of the kind `safety`; the first is what the server says when a turn fails."""
    from aiohttp import web

    from reasoning import knowledge
    from reasoning.messages import Kind, Message
    from reasoning.safety import failure

    known = knowledge.shared()
    other = Message(known.wording["no_other_language"], Kind.SAFETY)
    answers = iter([[failure(known).as_dict()], [other.as_dict()], []])

    async def answer(_request: web.Request) -> web.Response:
        return web.json_response({"messages": next(answers)})

    app = web.Application()
    app.router.add_post("/webhooks/web/messages", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    port = processes.free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with systems.session() as http:
        person = Person(Ours(http, f"http://127.0.0.1:{port}"), iter(()))
        became = []
        for _ in range(3):
            person.left = [Turn("say", ("hola",))]
            became.append((await person.write())[0])
    await runner.cleanup()
    assert became == ["failed turn", ANSWERED, "empty"]
