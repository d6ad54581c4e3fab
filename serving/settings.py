"""Settings of the server, from the environment, with a default for each."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
PICTURES = MODELS / "pictures"  # of the stretches, as PNG (setup/build_pictures.py)
# What the running bot keeps: conversations, feedback, the signing secret.
VAR = Path(os.environ.get("DATA_DIR") or ROOT / "var")


class SettingsError(ValueError):
    """A setting that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class TelegramSettings:
    """`token` from @BotFather; without it the channel is off. `mode`: webhook or polling (docs/telegram.md).

    `secret`: what Telegram must send with each update. `public_url`: where Telegram reaches this server, `https://…`.
    `api_url`: Telegram's, or a stand-in's.
    """

    token: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    mode: str = "polling"
    public_url: str = ""
    api_url: str = "https://api.telegram.org"

    @classmethod
    def from_environment(cls, secret: str) -> TelegramSettings:
        """Read TELEGRAM_TOKEN, TELEGRAM_SECRET, TELEGRAM_MODE, TELEGRAM_API_URL and PUBLIC_URL.

        `secret`: the server's own, from which the one for Telegram is made where none is given.
        """
        public_url = os.environ.get("PUBLIC_URL", "").rstrip("/")
        settings = cls(
            token=os.environ.get("TELEGRAM_TOKEN", ""),
            secret=os.environ.get("TELEGRAM_SECRET") or _derived(secret, "telegram webhook"),
            mode=os.environ.get("TELEGRAM_MODE") or ("webhook" if public_url else "polling"),
            public_url=public_url,
            api_url=os.environ.get("TELEGRAM_API_URL", cls.api_url).rstrip("/"),
        )
        if settings.token:
            settings._check()
        return settings

    def _check(self) -> None:
        if self.mode not in ("webhook", "polling"):
            raise SettingsError("TELEGRAM_MODE is webhook or polling")
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", self.secret):
            raise SettingsError("TELEGRAM_SECRET is 1 to 256 of letters, digits, _ and -")
        if self.mode == "webhook" and not self.public_url.startswith("https://"):
            raise SettingsError("PUBLIC_URL is https://… where Telegram reaches this server; or TELEGRAM_MODE=polling")


@dataclass(frozen=True)
class SlackSettings:
    """`bot_token` (xoxb-…); without it, or without one of the ways in, the channel is off (docs/slack.md).

    The ways in: `signing_secret` for requests that Slack sends to this server, `app_token` (xapp-…) for Socket Mode.
    `api_url`: Slack's, or a stand-in's.
    """

    bot_token: str = field(default="", repr=False)
    signing_secret: str = field(default="", repr=False)
    app_token: str = field(default="", repr=False)
    api_url: str = "https://slack.com/api/"

    @classmethod
    def from_environment(cls) -> SlackSettings:
        """Read SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, SLACK_APP_TOKEN and SLACK_API_URL."""
        return cls(
            bot_token=os.environ.get("SLACK_BOT_TOKEN", ""),
            signing_secret=os.environ.get("SLACK_SIGNING_SECRET", ""),
            app_token=os.environ.get("SLACK_APP_TOKEN", ""),
            api_url=os.environ.get("SLACK_API_URL", cls.api_url).rstrip("/") + "/",
        )


@dataclass(frozen=True)
class Settings:
    """`host`, `port`: where the server listens. `country`: code of help_lines.yml, empty while it is not known.

    `secret` signs the web tokens and hashes the ids of the platforms. `origins`: other sites that may embed the chat,
    as `https://host`.
    """

    host: str = "127.0.0.1"
    port: int = 5005
    country: str = ""
    secret: str = ""
    origins: frozenset[str] = frozenset()
    telegram: TelegramSettings = TelegramSettings()
    slack: SlackSettings = SlackSettings()

    @classmethod
    def from_environment(cls) -> Settings:
        """Read HOST, PORT, COUNTRY, WEB_SECRET, ALLOWED_ORIGINS and what the platforms need.

        SettingsError for what cannot be used.
        """
        try:
            port = int(os.environ.get("PORT", "5005"))
        except ValueError as error:
            raise SettingsError("PORT is not a number") from error
        secret = os.environ.get("WEB_SECRET") or _kept_secret()
        return cls(
            host=os.environ.get("HOST", "127.0.0.1"),
            port=port,
            country=os.environ.get("COUNTRY", "").upper(),
            secret=secret,
            origins=frozenset(os.environ.get("ALLOWED_ORIGINS", "").split()),
            telegram=TelegramSettings.from_environment(secret),
            slack=SlackSettings.from_environment(),
        )

    def channels_off(self) -> dict[str, str]:
        """Each platform that is off, with the setting that it lacks."""
        off = {}
        if not self.telegram.token:
            off["telegram"] = "TELEGRAM_TOKEN"
        if not self.slack.bot_token:
            off["slack"] = "SLACK_BOT_TOKEN"
        elif not (self.slack.signing_secret or self.slack.app_token):
            off["slack"] = "SLACK_SIGNING_SECRET or SLACK_APP_TOKEN"
        return off


def _derived(secret: str, purpose: str) -> str:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def _kept_secret() -> str:
    """The secret that signs the web tokens, made once and readable by this user only."""
    VAR.mkdir(parents=True, exist_ok=True)
    path = VAR / "web-secret"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def newest_model() -> Path:
    """The trained model; FileNotFoundError says how to make one."""
    found = sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError("no trained model: run `make train`")
    return found[-1]
