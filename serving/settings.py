"""Settings of the server, from the environment: checked by the table in serving/environment.py."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from reasoning.care import times
from reasoning.clock import Quiet
from serving import environment, secret_keys
from serving.environment import SettingsError
from serving.ingress.limits import Limits

PRODUCTION = "production"
ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
PICTURES = MODELS / "pictures"  # of the stretches, as PNG (setup/build_pictures.py)
# What the running bot keeps: conversations, feedback, the signing secret.
VAR = Path(os.environ.get("DATA_DIR") or ROOT / "var")


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
    def of(cls, values: Mapping[str, str], secret: str) -> TelegramSettings:
        """From the values of the environment.

        `secret`: the server's own, from which the one for Telegram is made where none is given.
        """
        public_url = values["PUBLIC_URL"].rstrip("/")
        settings = cls(
            token=values["TELEGRAM_TOKEN"],
            secret=values["TELEGRAM_SECRET"] or _derived(secret, "telegram webhook"),
            mode=values["TELEGRAM_MODE"] or ("webhook" if public_url else "polling"),
            public_url=public_url,
            api_url=values["TELEGRAM_API_URL"].rstrip("/"),
        )
        if settings.token and settings.mode == "webhook" and not settings.public_url.startswith("https://"):
            raise SettingsError("PUBLIC_URL is https://… where Telegram reaches this server; or TELEGRAM_MODE=polling")
        return settings


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
    def of(cls, values: Mapping[str, str]) -> SlackSettings:
        """From the values of the environment."""
        return cls(
            bot_token=values["SLACK_BOT_TOKEN"],
            signing_secret=values["SLACK_SIGNING_SECRET"],
            app_token=values["SLACK_APP_TOKEN"],
            api_url=values["SLACK_API_URL"].rstrip("/") + "/",
        )


@dataclass(frozen=True)
class Settings:
    """`host`, `port`: where the server listens. `country`: code of help_lines.yml, empty while it is not known.

    `keys` of the web's tokens: the first signs, all are accepted. `id_secret` makes the conversation ids of the
    platforms. `origins`: other sites that may embed the chat, as `https://host`. `quiet`: when nobody is written to
    unasked.
    """

    environment: str = "development"
    host: str = "127.0.0.1"
    port: int = 5005
    country: str = ""
    keys: tuple[str, ...] = field(default=(), repr=False)
    id_secret: str = field(default="", repr=False)
    origins: frozenset[str] = frozenset()
    emergency_only: bool = False
    log_format: str = "text"
    log_level: str = "WARNING"
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0  # 0: off
    quiet: Quiet = field(default_factory=lambda: times().quiet)
    telegram: TelegramSettings = TelegramSettings()
    slack: SlackSettings = SlackSettings()
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_environment(cls) -> Settings:
        """Read and check what docs/operations.md lists. SettingsError for what cannot be used."""
        values = environment.read()
        try:
            id_secret = secret_keys.id_key(VAR, values["ID_SECRET"], values["WEB_SECRET"])
            keys = secret_keys.web_keys(VAR, values["WEB_SECRET"])
        except OSError as error:
            raise SettingsError(f"DATA_DIR: cannot be used: {error.strerror}") from error
        return cls(
            environment=values["ENVIRONMENT"],
            emergency_only=values["EMERGENCY_ONLY"] == "on",
            host=values["HOST"],
            port=int(values["PORT"]),
            country=values["COUNTRY"].upper(),
            keys=keys,
            id_secret=id_secret,
            origins=frozenset(values["ALLOWED_ORIGINS"].split()),
            log_format=values["LOG_FORMAT"],
            log_level=values["LOG_LEVEL"],
            quiet=Quiet.parse(values["QUIET_HOURS"]) if values["QUIET_HOURS"] else times().quiet,
            metrics_host=values["METRICS_HOST"],
            metrics_port=int(values["METRICS_PORT"] or 0),
            telegram=TelegramSettings.of(values, keys[0]),
            slack=SlackSettings.of(values),
            limits=Limits.of(values),
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


def newest_model() -> Path:
    """The trained model; FileNotFoundError says how to make one."""
    found = sorted(MODELS.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not found:
        raise FileNotFoundError("no trained model: run `make train`")
    return found[-1]
