"""Which routes answer: these and no others, whatever channels are on; Rasa's own HTTP API is not among them."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from sanic import Sanic

from serving import server
from serving import settings as settings_module
from serving.settings import Settings, SlackSettings, TelegramSettings

ALWAYS = {
    ("GET", "/"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/widget/widget.js"),
    ("GET", "/widget/<folder:(pictures|demo)>/<name:str>"),
    ("POST", "/webhooks/web/session"),
    ("POST", "/webhooks/web/messages"),
    ("GET", "/webhooks/web/history"),
    ("GET", "/webhooks/web/events"),
    ("POST", "/webhooks/web/feedback"),
    ("GET", "/webhooks/web/export"),
    ("GET", "/webhooks/web/file"),
    ("DELETE", "/webhooks/web/conversation"),
    *(("OPTIONS", f"/webhooks/web/{name}") for name in server.web.ROUTES),
}
TELEGRAM = {("POST", "/webhooks/telegram")}
SLACK = {("POST", "/webhooks/slack/events"), ("POST", "/webhooks/slack/interactions")}
WITH_TELEGRAM = TelegramSettings(token="1:a", secret="s" * 20, mode="webhook", public_url="https://x.example")
WITH_SLACK = SlackSettings(bot_token="xoxb-1", signing_secret="s" * 20)


@pytest.mark.parametrize(
    ("settings", "more"),
    [
        ({}, set()),
        ({"telegram": WITH_TELEGRAM}, TELEGRAM),
        ({"telegram": TelegramSettings(token="1:a", secret="s" * 20)}, set()),  # it polls
        ({"slack": WITH_SLACK}, SLACK),
        ({"slack": SlackSettings(bot_token="xoxb-1", app_token="xapp-1")}, set()),  # Socket Mode
        ({"telegram": WITH_TELEGRAM, "slack": WITH_SLACK}, TELEGRAM | SLACK),
    ],
)
def test_only_listed_routes_answer(
    settings: dict[str, Any], more: set[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(server, "VAR", tmp_path)
    monkeypatch.setattr(settings_module, "VAR", tmp_path)
    monkeypatch.setattr(server, "Sanic", lambda _name, **more: Sanic(f"t{secrets.token_hex(6)}", **more))
    app = server.create_app(Settings(keys=("x" * 40,), id_secret="y" * 40, **settings))
    found = {(method, f"/{route.path}") for route in app.router.routes for method in route.methods}
    assert {(method, path) for method, path in found if method != "HEAD"} == ALWAYS | more
