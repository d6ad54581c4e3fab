"""The table of settings: complete, documented, and strict about what would be unsafe."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import settings as pages
from serving import environment
from serving.environment import TABLE, SettingsError

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("actions", "bench", "channels", "reasoning", "serving", "setup", "tests", "understanding")
GOOD_KEY = "0123456789abcdefghijklmnopqrstuvwxyz"

UNSAFE = [
    ("HOST", "some where"),
    ("HOST", "12345"),
    ("PORT", "0"),
    ("PORT", "65536"),
    ("PORT", "five"),
    ("COUNTRY", "Germany"),
    ("QUIET_HOURS", "22-8"),
    ("DATA_DIR", __file__),
    ("DATABASE_URL", "mysql://bot:word@here/bot"),
    ("WEB_SECRET", "too short"),
    ("WEB_SECRET", "a" * 64),
    ("WEB_SECRET", f"{GOOD_KEY} changeme"),
    ("ID_SECRET", f"{GOOD_KEY} {GOOD_KEY}"),
    ("ALLOWED_ORIGINS", "*"),
    ("ALLOWED_ORIGINS", "https://*.example"),
    ("ALLOWED_ORIGINS", "https://clinic.example http://clinic.example"),
    ("ALLOWED_ORIGINS", "https://clinic.example/chat"),
    ("ALLOWED_ORIGINS", "clinic.example"),
    ("PUBLIC_URL", "http://bot.example"),
    ("PUBLIC_URL", "https://user:word@bot.example"),
    ("TELEGRAM_TOKEN", "no token"),
    ("TELEGRAM_SECRET", "with spaces"),
    ("TELEGRAM_MODE", "carrier-pigeon"),
    ("TELEGRAM_API_URL", "http://api.telegram.org"),
    ("SLACK_BOT_TOKEN", "xapp-1"),
    ("SLACK_SIGNING_SECRET", "short"),
    ("SLACK_APP_TOKEN", "xoxb-1"),
    ("SLACK_API_URL", "http://slack.com/api/"),
    ("ENVIRONMENT", "staging"),
    ("EMERGENCY_ONLY", "maybe"),
    ("MESSAGES_PER_MINUTE", "many"),
    ("REQUESTS_PER_MINUTE", "-1"),
    ("TURNS_AT_ONCE", "all"),
    ("TURN_SECONDS", "121"),
    ("PROXIES", "11"),
    ("LOG_FORMAT", "xml"),
    ("LOG_LEVEL", "DEBUG"),  # at which libraries write what people wrote
    ("METRICS_PORT", "metrics"),
    ("METRICS_HOST", "a b"),
]


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_what_is_unsafe_or_cannot_be_is_refused_by_name_and_never_shown(name: str, value: str) -> None:
    with pytest.raises(SettingsError) as refused:
        environment.read({name: value})
    assert str(refused.value).startswith(f"{name}: ")
    assert value not in str(refused.value)


def test_every_setting_of_the_server_with_a_check_is_tried_with_something_wrong() -> None:
    checked = {one.name for one in TABLE if one.read_by == "server" and one.check is not environment.anything}
    assert checked == {name for name, _ in UNSAFE}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOST", "::1"),
        ("HOST", "bot.internal"),
        ("COUNTRY", "gb"),
        ("WEB_SECRET", f"{GOOD_KEY} {GOOD_KEY.upper()}"),
        ("ALLOWED_ORIGINS", "https://clinic.example http://127.0.0.1:8000"),
        ("TELEGRAM_API_URL", "http://localhost:8081"),
        ("PORT", ""),
    ],
)
def test_what_can_be_used_is_taken(name: str, value: str) -> None:
    default = {one.name: one.default for one in TABLE}[name]
    assert environment.read({name: value})[name] == value or default


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as refused:
        environment.read({"PORT": "x", "COUNTRY": "x", "TELEGRAM_TOKN": "1:a"})
    assert [line.split(":")[0].split(" ")[0] for line in str(refused.value).splitlines()] == [
        "TELEGRAM_TOKN",
        "PORT",
        "COUNTRY",
    ]


@pytest.mark.parametrize("name", ["SLACK_TOKEN", "TELEGRAM_TOKN", "ALLOWED_ORIGIN", "WEB_KEY", "ALOWED_ORIGINS"])
def test_a_variable_that_looks_like_ours_and_is_none_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        environment.read({name: "canary"})


def test_variables_of_others_are_left_alone() -> None:
    others = {"PATH": "/bin", "HOSTNAME": "h", "XDG_DATA_DIRS": "/usr", "LANG": "C", "PORTS": "1", "SANIC_X": "1"}
    assert environment.read(others)["PORT"] == "5005"


def _read_somewhere() -> Iterator[tuple[str, str]]:
    """Names of variables that the code reads by `os.environ`, with the file."""
    for path in (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")) if ".venv" not in path.parts):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named: ast.expr | None = None
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
                named = node.args[0]
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                named = node.slice if isinstance(node.ctx, ast.Load) else None
            if isinstance(named, ast.Constant):
                yield str(named.value), path.relative_to(ROOT).as_posix()


def test_every_variable_that_is_read_stands_in_the_table() -> None:
    found = dict(_read_somewhere())
    assert "DATA_DIR" in found  # the search finds what is there
    assert {name: path for name, path in found.items() if name not in environment.NAMES} == {}


def test_the_documented_table_is_the_one_of_now() -> None:
    text = pages.PAGE.read_text(encoding="utf-8")
    assert pages.page(text) == text, "make settings"
    assert pages.EXAMPLE.read_text(encoding="utf-8") == pages.example(), "make settings"
    for setting in TABLE:
        assert not setting.secret or not setting.default


def test_the_server_does_not_start_with_a_wrong_setting_and_says_why(tmp_path: Path) -> None:
    variables = {**os.environ, "DATA_DIR": str(tmp_path), "WEB_SECRET": "canary", "SLACK_TOKEN": "canary"}
    run = subprocess.run(
        [sys.executable, "-m", "serving"], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "WEB_SECRET: unsafe" in run.stderr
    assert "SLACK_TOKEN is no setting" in run.stderr
    assert "Traceback" not in run.stderr
    assert "canary" not in run.stderr + run.stdout
    assert list(tmp_path.iterdir()) == []
