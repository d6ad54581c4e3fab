"""Settings of the server, from the environment, with a default for each."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MODELS = ROOT / "models"
# What the running bot keeps: conversations, feedback, the signing secret.
VAR = Path(os.environ.get("DATA_DIR") or ROOT / "var")


class SettingsError(ValueError):
    """A setting that cannot be used; the text says which and why."""


@dataclass(frozen=True)
class Settings:
    """`host`, `port`: where the server listens. `country`: code of help_lines.yml, empty while it is not known.

    `secret` signs the web tokens. `origins`: other sites that may embed the chat, as `https://host`.
    """

    host: str = "127.0.0.1"
    port: int = 5005
    country: str = ""
    secret: str = ""
    origins: frozenset[str] = frozenset()

    @classmethod
    def from_environment(cls) -> Settings:
        """Read HOST, PORT, COUNTRY, WEB_SECRET and ALLOWED_ORIGINS; SettingsError for what cannot be used."""
        try:
            port = int(os.environ.get("PORT", "5005"))
        except ValueError as error:
            raise SettingsError("PORT is not a number") from error
        return cls(
            host=os.environ.get("HOST", "127.0.0.1"),
            port=port,
            country=os.environ.get("COUNTRY", "").upper(),
            secret=os.environ.get("WEB_SECRET") or _kept_secret(),
            origins=frozenset(os.environ.get("ALLOWED_ORIGINS", "").split()),
        )


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
