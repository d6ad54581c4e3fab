"""The server's own secrets, kept in the data folder, readable by its user only: made once, never overwritten.

`web-secret` holds the keys of the website's tokens, a line each: the first signs, all are accepted, so a new key goes
on top and the old one stays until what it signed has ended. `id-secret` makes the ids under which conversations of the
platforms are kept: it is never rotated, or nobody would find their conversation again.

`make secrets` makes what is missing, `make rotate-secret` puts a new key on top.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import sys
from pathlib import Path

from serving.environment import SettingsError

WEB, ID, ID_CHECK = "web-secret", "id-secret", "id-secret.check"
KEY_BYTES = 48
OTHERS = 0o077  # the rights of everybody but the owner


def web_keys(folder: Path, given: str) -> tuple[str, ...]:
    """The keys of the web: `given` by the environment, or kept in the folder, or made now."""
    return tuple((given or _kept(folder / WEB)).split())


def id_key(folder: Path, given: str, web_given: str) -> str:
    """The key of the conversation ids: `given`, or kept, or the web's only key, with which earlier versions made them.

    SettingsError when it would be another than the one that made the ids of this folder: every conversation of the
    platforms would be lost.
    """
    key = given or _own_id_key(folder, web_given)
    _check_same(folder / ID_CHECK, key)
    return key


def make(folder: Path) -> list[str]:
    """Make the secrets that are missing; their names. What is there stays as it is."""
    missing = [name for name in (WEB, ID) if not (folder / name).exists()]
    id_key(folder, "", "")
    web_keys(folder, "")
    return missing


def rotate(folder: Path) -> int:
    """Put a new key on top of the web's keys; how many there are now. Ids of conversations stay."""
    make(folder)
    keys = [secrets.token_urlsafe(KEY_BYTES), *web_keys(folder, "")]
    draft = _draft(folder / WEB, "\n".join(keys))
    os.replace(draft, folder / WEB)
    return len(keys)


def _own_id_key(folder: Path, web_given: str) -> str:
    if (folder / ID).exists():
        return _kept(folder / ID).strip()
    earlier = web_given or (_kept(folder / WEB) if (folder / WEB).exists() else "")
    keys = earlier.split()
    if len(keys) > 1:
        raise SettingsError("ID_SECRET: needed with several keys in WEB_SECRET: the one that was the first of all")
    if web_given:
        return keys[0]
    return _kept(folder / ID, keys[0] if keys else "").strip()


def _kept(path: Path, otherwise: str = "") -> str:
    """What the file holds; it is made, with this key or a new one, when it is missing."""
    if not path.exists():
        _write_new(path, otherwise or secrets.token_urlsafe(KEY_BYTES))
    if path.stat().st_mode & OTHERS:
        raise SettingsError(f"{path.name}: unsafe: others may read it; chmod 600 it, and rotate it if they have")
    held = path.read_text()
    if not held.strip():
        raise SettingsError(f"{path.name}: empty")
    return held


def _check_same(path: Path, key: str) -> None:
    """Remember by a fingerprint which key made the ids here; SettingsError for another."""
    mark = hmac.new(key.encode(), b"made the ids here", hashlib.sha256).hexdigest()
    if not path.exists():
        _write_new(path, mark)
    if not hmac.compare_digest(path.read_text().strip(), mark):
        raise SettingsError(
            f"ID_SECRET: not the key that made the ids of the conversations here, which would all be lost; "
            f"set the old one (before it was set, it was WEB_SECRET), or delete {path.name} to lose them"
        )


def _write_new(path: Path, content: str) -> None:
    """Write a file that was not there: whole or not at all, and the first of two processes wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft(path, content)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _draft(path: Path, content: str) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    return draft


def main() -> None:
    """`make secrets`, and with the word `rotate` `make rotate-secret`."""
    from serving.settings import VAR

    if sys.argv[1:] == ["rotate"]:
        count = rotate(VAR)
        print(f"{VAR / WEB}: a new key signs, {count - 1} older accepted; restart the servers", file=sys.stderr)
        return
    made = make(VAR)
    print(f"{VAR}: {'made ' + ' and '.join(made) if made else 'all there, nothing changed'}", file=sys.stderr)


if __name__ == "__main__":
    main()
