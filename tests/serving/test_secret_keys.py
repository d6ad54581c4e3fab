"""Secrets: made once, never overwritten, and rotated so that nobody loses a conversation."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from channels import web
from channels.identity import conversation_id
from serving import secret_keys
from serving import settings as module
from serving.environment import SettingsError
from serving.settings import Settings

OLD = "old-key-0123456789-abcdefghijklmnop"
NEW = "new-key-0123456789-abcdefghijklmnop"


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """An environment without secrets, over an empty data folder."""
    for name in ("WEB_SECRET", "ID_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(module, "VAR", tmp_path)
    return monkeypatch


def test_what_is_there_is_never_overwritten(tmp_path: Path) -> None:
    assert secret_keys.make(tmp_path) == ["web-secret", "id-secret"]
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(before) == {"web-secret", "id-secret", "id-secret.check"}
    assert secret_keys.make(tmp_path) == []
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert before["web-secret"] != before["id-secret"]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in tmp_path.iterdir())


def test_processes_that_start_at_once_have_the_same_secrets(tmp_path: Path) -> None:
    def begin(_number: int) -> tuple[str, tuple[str, ...]]:
        return secret_keys.id_key(tmp_path, "", ""), secret_keys.web_keys(tmp_path, "")

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(begin, range(64)))) == 1


def test_after_a_rotation_old_tokens_and_links_hold_and_ids_are_the_same(settings: pytest.MonkeyPatch) -> None:
    before = Settings.from_environment()
    old = web.Tokens(before.keys)
    token, link = old.sign(web.Claims("web:a", "GB")), old.sign_file("web:a", "sheet.pdf")
    assert secret_keys.rotate(module.VAR) == 2
    after = Settings.from_environment()
    new = web.Tokens(after.keys)
    assert after.keys[0] != before.keys[0]
    assert new.read(f"Bearer {token}") == web.Claims("web:a", "GB")
    assert new.read_file(link) == ("web:a", "sheet.pdf")
    assert conversation_id("tg", 42, after.id_secret) == conversation_id("tg", 42, before.id_secret)
    assert old.read(f"Bearer {new.sign(web.Claims('web:a'))}") is None, "the new key signs"


def test_a_key_that_was_taken_out_counts_no_longer() -> None:
    token = web.Tokens((OLD,)).sign(web.Claims("web:a"))
    assert web.Tokens((NEW, OLD)).read(f"Bearer {token}") is not None
    assert web.Tokens((NEW,)).read(f"Bearer {token}") is None


def test_an_expired_token_is_expired_with_every_key() -> None:
    token = jwt.encode({"sub": "web:a", "exp": int(time.time()) - 1}, OLD, algorithm="HS256")
    assert web.Tokens((NEW, OLD)).read(f"Bearer {token}") is None
    assert web.Tokens((OLD, NEW)).read(f"Bearer {token}") is None


def test_the_ids_of_an_earlier_version_stay(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "web-secret").write_text(OLD)  # which signed tokens and made ids
    (tmp_path / "web-secret").chmod(0o600)
    assert Settings.from_environment().id_secret == OLD
    secret_keys.rotate(tmp_path)
    assert Settings.from_environment().id_secret == OLD


def test_the_ids_of_an_earlier_version_with_a_key_in_the_environment_stay(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("WEB_SECRET", OLD)
    assert Settings.from_environment().id_secret == OLD
    settings.setenv("WEB_SECRET", f"{NEW} {OLD}")
    with pytest.raises(SettingsError, match="ID_SECRET: needed"):
        Settings.from_environment()
    settings.setenv("ID_SECRET", OLD)
    assert (Settings.from_environment().id_secret, Settings.from_environment().keys) == (OLD, (NEW, OLD))


def test_another_key_for_the_ids_of_this_folder_is_refused(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("WEB_SECRET", OLD)
    Settings.from_environment()
    for name, value in (("WEB_SECRET", NEW), ("ID_SECRET", NEW)):
        settings.setenv(name, value)
        with pytest.raises(SettingsError, match="not the key that made the ids") as refused:
            Settings.from_environment()
        assert NEW not in str(refused.value)


def test_a_secret_that_others_can_read_is_refused(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    Settings.from_environment()
    (tmp_path / "web-secret").chmod(0o640)
    with pytest.raises(SettingsError, match="others may read it"):
        Settings.from_environment()


def test_a_folder_that_cannot_be_written_is_told(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings.setattr(module, "VAR", tmp_path / "file" / "data")
    with pytest.raises(SettingsError, match="DATA_DIR"):
        Settings.from_environment()
