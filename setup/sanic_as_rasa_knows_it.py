"""Lets Rasa's own commands serve on a Sanic that is still maintained.

Rasa 3.6 was written for Sanic 21.12. Two things have changed since that its commands depend on:

- Sanic starts its server in a child process, which imports the app anew. Rasa builds its app inside a function, so the
  child does not find it, and `rasa run`, `rasa shell` and `rasa run actions` end at start. In one process, as before,
  they run. This becomes the default of `Sanic.run`; who asks for several workers, or says `single_process` himself,
  gets what he asks for.
- `sanic.response.stream` is gone; its successor `ResponseStream` takes the same arguments. `rasa shell` reads its
  answers through it.

The hook waits for `sanic.app` to be imported, so that processes without Sanic pay nothing. Loaded by the `.pth` file
that setup/install.py writes. May go when Rasa is replaced.
"""

from __future__ import annotations

import functools
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import types
from collections.abc import Sequence
from typing import Any

MODULE = "sanic.app"


class _AfterSanic(importlib.abc.MetaPathFinder):
    """Finds `sanic.app` the usual way, once, and has it changed as soon as it has been executed."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_adapt(module: types.ModuleType) -> None:
                execute(module)
                _adapt(module)

            spec.loader.exec_module = execute_and_adapt  # type: ignore[method-assign]
        return spec


def _adapt(app: Any) -> None:
    response = sys.modules["sanic.response"]  # sanic.app has imported it
    app.Sanic.run = _in_one_process(app.Sanic.run)
    if not hasattr(response, "stream"):
        response.stream = response.ResponseStream  # type: ignore[attr-defined]


def _in_one_process(run: Any) -> Any:
    @functools.wraps(run)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        several = kwargs.get("workers", 1) > 1 or kwargs.get("fast") or kwargs.get("auto_reload")
        kwargs.setdefault("single_process", not several)
        return run(*args, **kwargs)

    return wrapped


def install() -> None:
    """Wait for Sanic, once per process; nothing to do when it is there already."""
    if MODULE not in sys.modules and not any(isinstance(finder, _AfterSanic) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AfterSanic())


install()
