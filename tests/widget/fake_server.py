"""A small server that speaks the web channel's contract, for the widget's browser tests.

What it answers is set by the test (`answers`, `fault`); what it was asked is kept (`received`, `reports`). It says
nothing of what the real server decides: the contract tests of the channel do that.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

WIDGET = Path(__file__).parents[2] / "widget"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; require-trusted-types-for 'script'; report-uri /reports"
)
PAGE = """<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><script src="{src}/widget/widget.js" defer {data}>
</script></head><body><main><h1>{title}</h1><p><a href="/page?title=Second">Another page</a></p>
<p><button>A button of the page</button></p></main></body></html>"""

Data = dict[str, Any]
Answers = Callable[[Data], list[Data]]


@dataclass
class Talk:
    """One conversation: its history, what each client id was answered, what is pushed unasked."""

    history: list[Data] = field(default_factory=list)
    answered: dict[str, Data] = field(default_factory=dict)
    pushed: list[tuple[int, Data]] = field(default_factory=list)
    settings: Data = field(default_factory=dict)


def talk_back(_: Data) -> list[Data]:
    """The answer of a test that sets none."""
    return [{"text": "I read you.", "kind": "talk"}]


class FakeServer:
    """Runs in a thread of its own; `url` is its origin."""

    def __init__(self) -> None:
        """Nothing runs before `start`."""
        self.talks: dict[str, Talk] = {}
        self.answers: Answers = talk_back
        self.fault: str | int | None = None  # "gone" breaks the connection; a number is the status of every answer
        self.lose_answer = False  # take the next message in, then break the connection
        self.received: list[Data] = []
        self.paths: list[str] = []
        self.reports: list[Data] = []
        self.ratings: list[Data] = []
        self.delay = 0.0
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._numbers = 0

    def start(self) -> FakeServer:
        """Listen on a free port of this machine."""
        ready = threading.Event()
        threading.Thread(target=self._run, args=(ready,), daemon=True).start()
        ready.wait(10)
        return self

    def stop(self) -> None:
        """Stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)

    @staticmethod
    def axe_source() -> str:
        """The axe engine, as text."""
        return (WIDGET / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")

    def push(self, message: Data) -> None:
        """Say something unasked, in every conversation."""
        for talk in self.talks.values():
            said = self._said(talk, message)
            talk.pushed.append((self._numbers, said))

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._listen())
        ready.set()
        self._loop.run_forever()

    async def _listen(self) -> None:
        app = web.Application(middlewares=[self._trouble])
        hooks = "/webhooks/web"
        app.add_routes(
            [
                web.post(f"{hooks}/session", self._session),
                web.post(f"{hooks}/messages", self._messages),
                web.get(f"{hooks}/history", self._history),
                web.get(f"{hooks}/events", self._events),
                web.get(f"{hooks}/export", self._export),
                web.post(f"{hooks}/feedback", self._feedback),
                web.delete(f"{hooks}/conversation", self._delete),
                web.get("/files/sheet.pdf", self._sheet),
                web.post("/reports", self._report),
                web.get("/page", self._page),
                web.get("/", self._demo),
                web.get("/widget/widget.js", self._file(WIDGET / "dist/widget.js")),
                web.static("/widget/pictures", WIDGET / "pictures"),
                web.static("/widget/demo", WIDGET / "demo"),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"

    @web.middleware
    async def _trouble(self, request: web.Request, handler: Any) -> web.StreamResponse:
        hook = request.path.startswith("/webhooks")
        if hook:
            self.paths.append(request.path_qs)
            await asyncio.sleep(self.delay)
        if hook and self.fault == "gone":
            self._hang_up(request)
        if hook and isinstance(self.fault, int):
            safety = {
                "text": "I could not work that out. Call your emergency number if you cannot walk.",
                "kind": "safety",
            }
            return web.json_response({"error": "busy", "messages": [safety]}, status=self.fault)
        answer: web.StreamResponse = await handler(request)
        return answer

    @staticmethod
    def _hang_up(request: web.Request) -> None:
        if request.transport:
            request.transport.abort()
        raise web.HTTPServiceUnavailable

    def _talk(self, request: web.Request) -> Talk:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.talks:
            raise web.HTTPUnauthorized(
                text=json.dumps({"error": "expired", "messages": []}), content_type="application/json"
            )
        return self.talks[token]

    def _said(self, talk: Talk, message: Data) -> Data:
        self._numbers += 1
        said = {"from": "bot", "id": f"m{self._numbers}", **message}
        talk.history.append(said)
        return said

    async def _session(self, request: web.Request) -> web.Response:
        token = secrets.token_urlsafe(24)
        self.talks[token] = Talk(settings=await request.json())
        return web.json_response({"token": token, "conversation": f"web:{secrets.token_hex(16)}"})

    async def _messages(self, request: web.Request) -> web.Response:
        talk, inbound = self._talk(request), await request.json()
        if inbound["id"] not in talk.answered:
            self.received.append(inbound)
            shown = inbound.get("text") or json.dumps({k: v for k, v in inbound.items() if k != "id"})
            talk.history.append({"from": "user", "id": inbound["id"], "text": self._title(talk, inbound) or shown})
            talk.answered[inbound["id"]] = {"messages": [self._said(talk, m) for m in self.answers(inbound)]}
        if self.lose_answer:
            self.lose_answer = False
            self._hang_up(request)
        return web.json_response(talk.answered[inbound["id"]])

    @staticmethod
    def _title(talk: Talk, inbound: Data) -> str:
        for message in talk.history:
            for button in (*message.get("buttons", []), *([message["wrong"]] if "wrong" in message else [])):
                if button["id"] == inbound.get("button"):
                    return str(button["title"])
        return ""

    async def _history(self, request: web.Request) -> web.Response:
        return web.json_response({"messages": self._talk(request).history})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        talk = self._talk(request)
        last = int(request.headers.get("Last-Event-ID") or 0)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        await response.prepare(request)
        while self.fault is None:
            for number, message in talk.pushed:
                if number > last:
                    last = number
                    await response.write(f"id: {number}\ndata: {json.dumps(message)}\n\n".encode())
            if request.transport is None or request.transport.is_closing():
                break
            await response.write(b": still here\n\n")
            await asyncio.sleep(0.1)
        return response

    async def _export(self, request: web.Request) -> web.Response:
        return web.json_response({"messages": self._talk(request).history})

    async def _sheet(self, request: web.Request) -> web.Response:
        self._talk(request)
        return web.Response(body=b"%PDF-1.7 made up", content_type="application/pdf")

    async def _feedback(self, request: web.Request) -> web.Response:
        self._talk(request)
        self.ratings.append(await request.json())
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        self._talk(request)
        del self.talks[request.headers["Authorization"].removeprefix("Bearer ")]
        return web.Response(status=204)

    async def _report(self, request: web.Request) -> web.Response:
        self.reports.append(json.loads(await request.text()))
        return web.Response(status=204)

    async def _page(self, request: web.Request) -> web.Response:
        query = request.query
        data = " ".join(f'data-{name[5:]}="{value}"' for name, value in query.items() if name.startswith("data-"))
        text = PAGE.format(
            title=query.get("title", "Back clinic"), lang=query.get("lang", "en"), dir=query.get("dir", "ltr"),
            src=query.get("src", ""), data=data,
        )  # fmt: skip
        policy = POLICY if "src" not in query else ""
        return web.Response(
            text=text, content_type="text/html", headers={"Content-Security-Policy": policy} if policy else {}
        )

    async def _demo(self, _: web.Request) -> web.FileResponse:
        return web.FileResponse(WIDGET / "demo/index.html", headers={"Content-Security-Policy": POLICY})

    @staticmethod
    def _file(path: Path) -> Any:
        async def send(_: web.Request) -> web.FileResponse:
            return web.FileResponse(path, headers={"Access-Control-Allow-Origin": "*"})

        return send
