"""The set-up: what is there is found, what is missing is named, and a second run has nothing to do."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "setup" / "requirements.lock").read_text(encoding="utf-8")
PINNED = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", LOCK, re.MULTILINE))


@pytest.fixture
def install() -> ModuleType:
    """setup/install.py, loaded afresh."""
    spec = importlib.util.spec_from_file_location("install_under_test", ROOT / "setup" / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_second_run_has_nothing_to_do(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a checkout that is set up, no step installs, writes or builds."""
    monkeypatch.setattr(install, "_run", lambda *command, **_: pytest.fail(f"ran {command}"))
    assert [title for title, step in install.STEPS if step()] == []


def test_what_is_installed_is_what_is_locked() -> None:
    """Every package of the lock file is installed in the version that stands there."""
    installed = {name: importlib.metadata.version(name) for name in PINNED}
    assert installed == PINNED


def test_the_lock_file_is_complete_hashed_and_names_no_index() -> None:
    """All that requirements.in asks for is pinned; every pin has a hash; packages may come from any mirror."""
    requirements = (ROOT / "setup" / "requirements.in").read_text(encoding="utf-8")
    asked_for = re.findall(r"^([A-Za-z0-9_.-]+)==", requirements, re.MULTILINE)
    pins = re.split(r"\n(?=[A-Za-z0-9])", LOCK)
    assert {_normal(name) for name in asked_for} <= {_normal(name) for name in PINNED}
    assert [pin for pin in pins if "==" in pin and "--hash=sha256:" not in pin] == []
    assert not re.search(r"://|index-url|find-links", LOCK)


@pytest.mark.parametrize(
    ("works", "expected"),
    [
        ({"-m venv": True, "-m pip": True}, ".tools/uv/bin/uv"),
        ({"-m venv": False, "-m pip": True}, ".tools/uv/bin/uv"),
        ({"-m venv": False, "-m pip": False, "pipx install": True}, ".tools/pipx/bin/uv"),
    ],
    ids=["venv", "no venv, but pip", "only pipx"],
)
def test_uv_comes_by_the_first_way_that_works(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, works: dict[str, bool], expected: str
) -> None:
    """Debian without python3-venv has no ensurepip; some machines have only pipx."""
    _machine(install, monkeypatch, tmp_path, works)
    monkeypatch.setattr(install.shutil, "which", lambda name: "/usr/bin/pipx" if name == "pipx" else None)
    assert install.install_uv() is True
    assert install._uv() == str(tmp_path / expected)


def test_the_machines_own_uv_is_used_when_it_is_new_enough(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An old uv does not know how to set aside what Rasa declares."""
    _machine(install, monkeypatch, tmp_path, {"-m venv": False, "-m pip": False})
    monkeypatch.setattr(install.shutil, "which", lambda name: "/usr/bin/uv" if name == "uv" else None)
    monkeypatch.setattr(install, "_output", lambda *command: "uv 0.4.30 (some day)")
    assert install._uv_of_the_machine() is None
    monkeypatch.setattr(install, "_output", lambda *command: "uv 0.13.9 (x86_64)")
    assert install._uv_of_the_machine() == "/usr/bin/uv"


def test_without_any_way_to_uv_the_message_says_what_to_install(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing works: the reader is told what to type."""
    _machine(install, monkeypatch, tmp_path, {"-m venv": False, "-m pip": False})
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    with pytest.raises(install.SetupError, match="apt-get install python3-venv"):
        install.install_uv()


def test_a_dead_shim_is_not_taken_for_python(install: ModuleType, tmp_path: Path) -> None:
    """One of pyenv is on the path for versions that are not switched on: it exists and does not run."""
    shim = tmp_path / "python3.12"
    shim.write_text("#!/bin/sh\necho 'pyenv: python3.12: command not found' >&2\nexit 127\n")
    shim.chmod(0o755)
    assert not install._is_wanted(str(shim))
    assert install._is_wanted(str(install.PYTHON))


def test_without_python_the_message_says_what_to_install(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Python 3.12, and uv cannot fetch one."""
    monkeypatch.setattr(install, "_finished", lambda *command: None)
    with pytest.raises(install.SetupError, match=re.escape("pyenv install 3.12")):
        install._fetch_python()


def test_paths_are_mended_when_the_checkout_moved(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The .pth file holds absolute paths; after a move it is written again, and then left alone."""
    site = tmp_path / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    (site / "back_spasm_assistant.pth").write_text("/where/it/was\n/where/it/was/setup\nimport tensorflow_stand_in\n")
    monkeypatch.setattr(install, "VENV", tmp_path)
    assert install.write_paths() is True
    imports = [f"import {module}" for module in install.LOADED_FIRST]
    lines = (site / "back_spasm_assistant.pth").read_text().splitlines()
    assert lines == [str(ROOT), str(ROOT / "setup"), *imports]
    assert [module for module in install.LOADED_FIRST if not (ROOT / "setup" / f"{module}.py").exists()] == []
    assert install.write_paths() is False


def test_a_failing_step_shows_the_end_of_its_log(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a tool said is not lost."""
    monkeypatch.setattr(install, "ROOT", tmp_path)
    monkeypatch.setattr(install, "TOOLS", tmp_path)
    with pytest.raises(install.SetupError, match=r"(?s)trial\.log.*no such wheel"):
        install._run("sh", "-c", "echo no such wheel; exit 3", log="trial")


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _machine(install: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, works: dict[str, bool]) -> None:
    """A machine on which only some commands work, with an empty `.tools/`."""
    tools = folder / ".tools"
    (tools / "stamps").mkdir(parents=True)
    monkeypatch.setattr(install, "TOOLS", tools)
    monkeypatch.setattr(install, "STAMPS", tools / "stamps")

    def runs(*command: str) -> bool:
        line = " ".join(command)
        return next((answer for part, answer in works.items() if part in line), True)

    monkeypatch.setattr(install, "_runs", runs)
