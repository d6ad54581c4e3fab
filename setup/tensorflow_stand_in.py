"""Lets Rasa 3.6 be imported where TensorFlow is not installed.

Rasa imports its neural components (DIET, TED, ResponseSelector, ...) at start, whether a pipeline uses them or not,
and these touch TensorFlow names while they are being defined: as base classes, decorators, and in type hints.
None of our components computes with TensorFlow, which would cost 350 MB of memory and 10 s at start.
This finder answers for the missing package with inert names; to *call* one that is not a decorator is an error.

It is appended to `sys.meta_path`, so an installed TensorFlow is always found first and this module does nothing.
It is loaded by a `.pth` file that `make setup` writes (see setup/install.py), so that the `rasa` command has it too.
May go when Rasa is replaced, or when it imports its neural components on demand.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Sequence
from typing import Any

STANDS_IN_FOR = frozenset({"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"})


class _InertType(type):
    """Class of the inert names: attributes give further inert names, and `A | B` and `A[B]` work in type hints."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _inert(f"{cls.__name__}.{name}")

    def __or__(cls, other: Any) -> Any:
        return cls

    def __ror__(cls, other: Any) -> Any:
        return cls

    def __getitem__(cls, item: Any) -> Any:
        return cls


def _inert(name: str) -> type:
    return _InertType(name, (_Inert,), {"__module__": __name__})


class _Inert(metaclass=_InertType):
    """A name of TensorFlow that may be subclassed or used as a decorator, and nothing else."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.__module__ != __name__:  # a Rasa class derived from a stand-in
            raise ModuleNotFoundError(f"{cls.__name__} needs TensorFlow, which is not installed", name="tensorflow")
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]  # @tf.function
        if not args or kwargs:
            return lambda decorated: decorated  # @tf.function(input_signature=...)
        return object.__new__(cls)


class _StandInModule(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _inert(name)
        setattr(self, name, value)
        return value


class TensorFlowStandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finder and loader for the packages in `STANDS_IN_FOR`; last in the line, so that a real one wins."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in STANDS_IN_FOR:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = _StandInModule(spec.name)
        module.__version__ = "2.12.0"  # type: ignore[attr-defined]  # Rasa reads it at import
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run: names are made when they are asked for."""


def install() -> None:
    """Append the finder once per process."""
    if not any(isinstance(finder, TensorFlowStandIn) for finder in sys.meta_path):
        sys.meta_path.append(TensorFlowStandIn())


install()
