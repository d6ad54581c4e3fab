"""The table of settings: every environment variable that the project reads, what it means, and what it may be.

`read` checks all of them at once; what cannot be used, or would be unsafe, keeps the server from starting. No value is
ever named in an error: it may be a secret in the wrong place. docs/operations.md and .env.example are made from here
(`make settings`).
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from reasoning.clock import Quiet

KEY_LENGTH = 32  # characters: what HS256 wants at least
KEY_VARIETY = 10  # different characters: nobody types a made key
HIGHEST_PORT = 65535
LIKENESS = 0.9  # so like a name of ours that it must be a slip

# Whatever begins so is meant for us; a name that is not in the table is a slip, and would be ignored without a word.
PREFIXES = ("ALLOWED_", "DATABASE_", "EMERGENCY_", "ID_SECRET", "METRICS_", "PUBLIC_", "SLACK_", "TELEGRAM_", "WEB_")

Check = Callable[[str], None]
Reader = Literal["server", "set-up", "tests"]


class SettingsError(ValueError):
    """Settings that cannot be used; the text says which and why, and never a value."""


def anything(_value: str) -> None:
    """Checked by whoever reads it."""


def _address(value: str) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if not re.fullmatch(r"(?!\d+$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", value):
            raise ValueError("an address or the name of a machine") from None


def _port(value: str) -> None:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= HIGHEST_PORT:
        raise ValueError(f"a number from 1 to {HIGHEST_PORT}")


def _country(value: str) -> None:
    if not re.fullmatch(r"[A-Za-z]{2}", value):
        raise ValueError("a code of two letters, such as GB")


def _key(value: str) -> None:
    if len(value) < KEY_LENGTH or len(set(value)) < KEY_VARIETY or len(value.split()) != 1:
        raise ValueError(
            f"unsafe: a key is at least {KEY_LENGTH} characters without spaces, {KEY_VARIETY} of them different; "
            "`make secrets` makes one"
        )


def _keys(value: str) -> None:
    for key in value.split():
        _key(key)


def _url(value: str) -> None:
    url = urlsplit(value)
    if not url.hostname or url.username or url.query or url.fragment:
        raise ValueError("an address such as https://bot.example")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.hostname)):
        raise ValueError("unsafe: https://… (http:// only on this machine)")


def _origins(value: str) -> None:
    for origin in value.split():
        if "*" in origin:
            raise ValueError("unsafe: each site by its own address, no star")
        _url(origin)
        if urlsplit(origin).path:
            raise ValueError("https://host of each site, without a path, separated by spaces")


def _quiet(value: str) -> None:
    Quiet.parse(value)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _folder(value: str) -> None:
    path = Path(value)
    if path.exists() and not path.is_dir():
        raise ValueError("a folder, not a file")
    if path.exists() and path.stat().st_mode & 0o002:
        raise ValueError("unsafe: everybody may write into this folder")


def _database(value: str) -> None:
    if not re.match(r"(sqlite:///|postgres(ql)?://)\S+$", value):
        raise ValueError("postgresql://… or sqlite:///…")


def _pattern(pattern: str, says: str) -> Check:
    def check(value: str) -> None:
        if not re.fullmatch(pattern, value):
            raise ValueError(says)

    return check


def _whole(low: int, high: int) -> Check:
    def check(value: str) -> None:
        if not (value.isascii() and value.isdigit()) or len(value) > len(str(high)) or not low <= int(value) <= high:
            raise ValueError(f"a whole number from {low} to {high}")

    return check


def one_of(*values: str) -> Check:
    """A check that the value is one of these."""

    def check(value: str) -> None:
        if value not in values:
            raise ValueError(f"one of: {', '.join(values)}")

    return check


@dataclass(frozen=True)
class Setting:
    """`default`: what counts while it is not set or empty. `check` raises ValueError, whose text says what it may be.

    `example`: the value in .env.example, for those that have no default worth showing.
    """

    name: str
    meaning: str
    default: str = ""
    check: Check = anything
    secret: bool = False
    read_by: Reader = "server"
    example: str = ""


TABLE: tuple[Setting, ...] = (
    Setting(
        "ENVIRONMENT",
        "`production` refuses to start while help lines are unchecked or reviews overdue",
        "development",
        one_of("development", "production"),
    ),
    Setting("HOST", "Address on which the server listens", "127.0.0.1", _address),
    Setting("PORT", "Port on which the server listens", "5005", _port),
    Setting("COUNTRY", "Whose help lines are named while a person has not told their country", check=_country),
    Setting("DATA_DIR", "Folder of conversations, secrets and feedback; `var/` when not set", check=_folder),
    Setting(
        "DATABASE_URL",
        "Where conversations are kept: `postgresql://…` for several processes; a file in the data folder when not set",
        check=_database,
        secret=True,
    ),
    Setting(
        "WEB_SECRET",
        "Keys of the website's tokens and links, separated by spaces: the first signs, all are accepted; "
        "`web-secret` in the data folder when not set",
        check=_keys,
        secret=True,
    ),
    Setting(
        "ID_SECRET",
        "Key that makes conversation ids of the platforms; a new one would lose their conversations; "
        "`id-secret` in the data folder when not set",
        check=_key,
        secret=True,
    ),
    Setting(
        "ALLOWED_ORIGINS",
        "Other sites that may embed the chat, separated by spaces",
        check=_origins,
        example="https://clinic.example",
    ),
    Setting(
        "QUIET_HOURS",
        "When nobody is written to unasked, on the person's own clock: `22:00-07:30`, or `off`; "
        "those of `knowledge/care.yml` when not set",
        check=_quiet,
        example="22:00-07:30",
    ),
    Setting("PUBLIC_URL", "Where the platforms reach this server", check=_url, example="https://bot.example"),
    Setting(
        "TELEGRAM_TOKEN",
        "The bot's token; without it Telegram is off",
        check=_pattern(r"[0-9]+:[A-Za-z0-9_-]+", "the token as @BotFather gave it"),
        secret=True,
    ),
    Setting(
        "TELEGRAM_SECRET",
        "What Telegram must send with each update; made from the web's key when not set",
        check=_pattern(r"[A-Za-z0-9_-]{1,256}", "1 to 256 of letters, digits, _ and -"),
        secret=True,
    ),
    Setting(
        "TELEGRAM_MODE",
        "`webhook` or `polling`; `webhook` when `PUBLIC_URL` is set, else `polling`",
        check=one_of("webhook", "polling"),
    ),
    Setting("TELEGRAM_API_URL", "Telegram, or a stand-in", "https://api.telegram.org", _url),
    Setting(
        "SLACK_BOT_TOKEN",
        "The app's token; without it Slack is off",
        check=_pattern(r"xoxb-[A-Za-z0-9-]+", "the bot token, xoxb-…"),
        secret=True,
    ),
    Setting(
        "SLACK_SIGNING_SECRET",
        "Signs what Slack sends to this server",
        check=_pattern(r"[A-Za-z0-9_-]{8,}", "the app's signing secret"),
        secret=True,
    ),
    Setting(
        "SLACK_APP_TOKEN",
        "For Socket Mode, which needs no public address",
        check=_pattern(r"xapp-[A-Za-z0-9-]+", "the app-level token, xapp-…"),
        secret=True,
    ),
    Setting("SLACK_API_URL", "Slack, or a stand-in", "https://slack.com/api/", _url),
    Setting(
        "EMERGENCY_ONLY",
        "`on`: only the watch works, everything else gets a text that says so; "
        "without a restart: a file `emergency-only` in the data folder",
        "off",
        one_of("on", "off"),
    ),
    Setting(
        "MESSAGES_PER_MINUTE", "Messages of one conversation that are taken; 0: no limit", "60", _whole(0, 100_000)
    ),
    Setting(
        "REQUESTS_PER_MINUTE",
        "Requests of one address that are taken, this machine's own aside; 0: no limit",
        "600",
        _whole(0, 1_000_000),
    ),
    Setting("TURNS_AT_ONCE", "Messages that are answered at once; more get the safety text", "64", _whole(1, 10_000)),
    Setting("TURN_SECONDS", "Until a person gets the safety text instead of an answer", "10", _whole(1, 120)),
    Setting("PROXIES", "How many proxies in front of the server tell a person's address", "0", _whole(0, 10)),
    Setting("LOG_FORMAT", "`text`, or `json` for a JSON object on each line", "text", one_of("text", "json")),
    Setting(
        "LOG_LEVEL",
        "Which lines of this project are logged; with `INFO` each turn is a line: channel, level, milliseconds",
        "WARNING",
        one_of("ERROR", "WARNING", "INFO"),
    ),
    Setting("METRICS_PORT", "Port of `/metrics` for Prometheus; off when not set", check=_port, example="9105"),
    Setting(
        "METRICS_HOST", "Address of that port; another than loopback only behind a firewall", "127.0.0.1", _address
    ),
    Setting("UV_CACHE_DIR", "Where packages are kept between installations", read_by="set-up"),
    Setting("CI", "Set by the gate: a browser that is missing is then an error", read_by="tests"),
    Setting("WITHOUT_RASA", "Makes `import rasa` an error, for the tests that need none", read_by="tests"),
    Setting("MODEL_CHECK", "`full`: every state of the dialogue is walked, which takes long", read_by="tests"),
    Setting("WALK_STEPS", "Steps of the random walks", "20000", read_by="tests"),
    Setting("FUZZ_EXAMPLES", "Examples of all fuzz tests together", "2000", read_by="tests"),
    Setting("LIVE_WALKS", "Random walks against a running server", "100", read_by="tests"),
    Setting("KILLS", "How often a server is killed under load", "3", read_by="tests"),
    Setting("SOAK", "`1`: the long forms of the tests of several processes", read_by="tests"),
    Setting("BROWSER_PATH", "A Chromium, where none is found by name", read_by="tests"),
)
NAMES = {setting.name for setting in TABLE}


def read(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Every setting of the server, checked; SettingsError names all that is wrong, a line each."""
    wrong = _unknown(variables)
    values = {}
    for setting in TABLE:
        if setting.read_by != "server":
            continue
        value = variables.get(setting.name, "").strip()
        values[setting.name] = value or setting.default
        try:
            if value:
                setting.check(value)
        except ValueError as error:
            wrong.append(SettingsError(f"{setting.name}: {error}"))
    if wrong:
        raise SettingsError("\n".join(map(str, wrong)))
    return values


def _unknown(variables: Mapping[str, str]) -> list[SettingsError]:
    found = []
    for name in sorted(set(variables) - NAMES):
        near = difflib.get_close_matches(name, NAMES, n=1, cutoff=LIKENESS)
        if near:
            found.append(SettingsError(f"{name} is no setting; is {near[0]} meant?"))
        elif name.startswith(PREFIXES):
            found.append(SettingsError(f"{name} is no setting: docs/operations.md has the table"))
    return found
