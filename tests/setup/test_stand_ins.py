"""Rasa runs without TensorFlow, because something stands in for it, and only while it is not there; and a process that
talks with people runs without what Rasa alone imports.
"""

from __future__ import annotations

import importlib.machinery
import os
import subprocess
import sys
from pathlib import Path

import pytest


def _python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_rasa_is_imported_without_tensorflow() -> None:
    """Rasa's neural components are defined, though nothing can compute them."""
    run = _python(
        "import importlib.metadata as m\n"
        "assert not [d for d in m.distributions() if (d.metadata['Name'] or '').lower().startswith('tensorflow')]\n"
        "import rasa.core.agent, rasa.nlu.classifiers.diet_classifier, rasa.core.policies.ted_policy"
    )
    assert run.returncode == 0, run.stderr


def test_rasa_fails_without_the_stand_in() -> None:
    """The stand-in is needed: the day this test fails, it may go."""
    run = _python(
        "import sys, stand_ins as t\n"
        "sys.meta_path = [f for f in sys.meta_path if not isinstance(f, t.StandIn)]\n"
        "import rasa.nlu.classifiers.diet_classifier"
    )
    assert run.returncode != 0
    assert "No module named 'tensorflow" in run.stderr


def test_it_steps_aside_for_a_real_tensorflow(tmp_path: Path) -> None:
    """An installed TensorFlow is found first, with its submodules."""
    (tmp_path / "tensorflow" / "keras").mkdir(parents=True)
    (tmp_path / "tensorflow" / "__init__.py").write_text("__version__ = 'the real one'\n")
    (tmp_path / "tensorflow" / "keras" / "__init__.py").write_text("here = True\n")
    run = _python(
        "import tensorflow, tensorflow.keras; print(tensorflow.__version__, tensorflow.keras.here)",
        PYTHONPATH=str(tmp_path),
    )
    assert run.stdout.strip() == "the real one True", run.stderr


def test_a_neural_component_says_what_it_lacks() -> None:
    """Whoever puts DIET into the pipeline is told why it cannot work, not answered with an inert object."""
    import tensorflow

    class Network(tensorflow.keras.Model):  # type: ignore[misc]
        """Stands for any of Rasa's own."""

    with pytest.raises(ModuleNotFoundError, match="Network needs TensorFlow, which is not installed"):
        Network()


def test_decorators_leave_functions_as_they_are() -> None:
    """`@tf.function` and `@tf.function(...)` decorate methods of classes that Rasa defines at import."""
    import tensorflow

    def double(number: int) -> int:
        return 2 * number

    assert tensorflow.function(double)(3) == 6
    assert tensorflow.function(jit_compile=True)(double)(3) == 6


def test_it_is_installed_once() -> None:
    """Loading it again adds nothing to the way of every import."""
    import stand_ins

    stand_ins.install()
    finders = [f for f in sys.meta_path if isinstance(f, stand_ins.StandIn) and "tensorflow" in f.packages]
    assert len(finders) == 1
    # After the finder of installed packages: a real TensorFlow is found first.
    assert sys.meta_path.index(finders[0]) > sys.meta_path.index(importlib.machinery.PathFinder)


def test_a_process_that_talks_leaves_out_what_it_never_uses() -> None:
    """Each package of the list is installed, is asked for on the way to a server, and is not loaded."""
    run = _python(
        "import importlib.util, sys\n"
        "from serving.unused import UNUSED\n"
        "import serving.server\n"
        "for name in UNUSED:\n"
        "    print(name, sys.modules[name].__spec__.loader.__class__.__name__)\n"
        "sys.meta_path.pop(0)\n"
        "print([name for name in UNUSED if not importlib.machinery.PathFinder.find_spec(name.partition('.')[0])])"
    )
    *loaded, missing = run.stdout.splitlines()
    assert run.returncode == 0, run.stderr
    assert len(loaded) > 10
    assert {line.split()[1] for line in loaded} == {"StandIn"}, loaded
    assert missing == "[]"


def test_what_is_left_out_says_so_when_it_is_used() -> None:
    """Whoever switches on an input of Rasa's that lives by such a package is told where it was left out."""
    run = _python("import serving\nfrom aiogram import Bot\nclass Mine(Bot): pass\nMine('token')")
    assert "Mine needs a package that this process leaves out (serving/unused.py)" in run.stderr


def test_what_was_loaded_before_stays() -> None:
    """Rasa's command line asks its questions, though the project's actions come later into the same process."""
    run = _python("import prompt_toolkit, serving\nprint(callable(prompt_toolkit.prompt), prompt_toolkit.__file__)")
    assert run.stdout.startswith("True"), run.stderr
