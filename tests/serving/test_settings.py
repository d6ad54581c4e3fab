"""Settings of the platforms come from the environment; what cannot be used is refused at start."""

from __future__ import annotations

from pathlib import Path

import pytest

from serving import settings as module
from serving.settings import Settings, SettingsError, SlackSettings

NAMES = (
    "WEB_SECRET",
    "ID_SECRET",
    "TELEGRAM_TOKEN",
    "TELEGRAM_SECRET",
    "TELEGRAM_MODE",
    "TELEGRAM_API_URL",
    "PUBLIC_URL",
)
SLACK_NAMES = ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "SLACK_API_URL")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without settings of the platforms."""
    for name in (*NAMES, *SLACK_NAMES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "VAR", tmp_path)
    return monkeypatch


@pytest.mark.parametrize(
    ("told", "quiet"),
    [("", "22:00-08:00"), ("23:30-06:45", "23:30-06:45"), (" off ", "off"), ("01:00-05:00", "01:00-05:00")],
)
def test_quiet_hours_come_from_the_environment(environment: pytest.MonkeyPatch, told: str, quiet: str) -> None:
    environment.setenv("QUIET_HOURS", told)
    assert str(Settings.from_environment().quiet) == quiet


@pytest.mark.parametrize("told", ["22-8", "never", "22:00-22:00", "25:00-07:00"])
def test_quiet_hours_that_cannot_be_read_are_refused_at_start(environment: pytest.MonkeyPatch, told: str) -> None:
    environment.setenv("QUIET_HOURS", told)
    with pytest.raises(SettingsError, match="QUIET_HOURS"):
        Settings.from_environment()


def test_without_tokens_the_platforms_are_off() -> None:
    assert Settings.from_environment().channels_off() == {"telegram": "TELEGRAM_TOKEN", "slack": "SLACK_BOT_TOKEN"}


def test_slack_without_a_way_in_is_off() -> None:
    assert Settings(slack=SlackSettings(bot_token="xoxb-1")).channels_off()["slack"].startswith("SLACK_SIGNING_SECRET")
    assert "slack" not in Settings(slack=SlackSettings(bot_token="xoxb-1", app_token="xapp-1")).channels_off()


def test_telegram_polls_unless_it_can_be_reached(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("TELEGRAM_TOKEN", "1:a")
    assert Settings.from_environment().telegram.mode == "polling"
    environment.setenv("PUBLIC_URL", "https://bot.example/")
    found = Settings.from_environment().telegram
    assert (found.mode, found.public_url) == ("webhook", "https://bot.example")
    assert len(found.secret) == 64
    assert found.secret == Settings.from_environment().telegram.secret, "the same after a restart"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TELEGRAM_MODE", "carrier-pigeon"),
        ("TELEGRAM_SECRET", "with spaces"),
        ("TELEGRAM_SECRET", "x" * 257),
        ("PUBLIC_URL", "http://bot.example"),
    ],
)
def test_what_telegram_would_refuse_is_refused_at_start(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv("TELEGRAM_TOKEN", "1:a")
    environment.setenv(name, value)
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment()


def test_tokens_are_not_in_what_a_log_would_show(environment: pytest.MonkeyPatch) -> None:
    tokens = {
        "TELEGRAM_TOKEN": "1:canary",
        "SLACK_BOT_TOKEN": "xoxb-canary",
        "SLACK_SIGNING_SECRET": "canary-canary",
        "SLACK_APP_TOKEN": "xapp-canary",
    }
    for name, value in tokens.items():
        environment.setenv(name, value)
    found = Settings.from_environment()
    assert "canary" not in repr(found)
    for secret in (found.telegram.secret, found.id_secret, *found.keys):
        assert len(secret) > 30
        assert secret not in repr(found)
