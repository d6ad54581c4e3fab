"""Inert names in place of packages that Rasa 3.6 imports at start and this project never uses.

Rasa imports its neural components (DIET, TED, ...), all its channels and all its stores, whether they are used or not.
These touch names of their packages while they are being defined: as base classes, decorators, and in type hints. A
stand-in answers for such a package with inert names; to *call* one that is not a decorator is an error.

- TensorFlow is not installed: it would cost 350 MB of memory and 10 s at start. Its stand-in is the last of
  `sys.meta_path`, so an installed TensorFlow is always found first. It is loaded by a `.pth` file that `make setup`
  writes (see setup/install.py), so that the `rasa` command has it too.
- What a process that talks with people never uses is installed, for Rasa's command line, and left out of that process
  (serving/unused.py).

May go when Rasa is replaced, or when it imports on demand what it does not always use.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterable, Sequence
from typing import Any

TENSORFLOW = frozenset({"tensorflow", "tensorflow_addons", "tensorflow_hub", "tensorflow_text", "keras"})
NOT_INSTALLED = "TensorFlow, which is not installed"
LEFT_OUT = "a package that this process leaves out (serving/unused.py)"


class _InertType(type):
    """Class of the inert names: attributes give further inert names, and `A | B` and `A[B]` work in type hints."""

    lack: str

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _inert(f"{cls.__name__}.{name}", cls.lack)

    def __or__(cls, other: Any) -> Any:
        return cls

    def __ror__(cls, other: Any) -> Any:
        return cls

    def __getitem__(cls, item: Any) -> Any:
        return cls


def _inert(name: str, lack: str) -> type:
    return _InertType(name, (_Inert,), {"__module__": __name__, "lack": lack})


class _Inert(metaclass=_InertType):
    """A name that may be subclassed or used as a decorator, and nothing else."""

    lack = ""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls.__module__ != __name__:  # a class of Rasa's, derived from a stand-in
            raise ModuleNotFoundError(f"{cls.__name__} needs {cls.lack}")
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]  # @tf.function
        if not args or kwargs:
            return lambda decorated: decorated  # @tf.function(input_signature=...)
        return object.__new__(cls)


class _StandInModule(types.ModuleType):
    lack: str

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        value = _inert(name, self.lack)
        setattr(self, name, value)
        return value


class StandIn(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finder and loader for packages, named with their dots; `lack`: what they are, and why they are not there."""

    def __init__(self, packages: Iterable[str], lack: str) -> None:
        self.packages, self.lack = frozenset(packages), lack
        self._inside = tuple(f"{package}." for package in self.packages)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname in self.packages or fullname.startswith(self._inside):
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)
        return None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        module = _StandInModule(spec.name)
        module.lack = self.lack
        module.__version__ = "2.12.0"  # type: ignore[attr-defined]  # TensorFlow's is read at import
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """Nothing to run: names are made when they are asked for."""


def install() -> None:
    """Append TensorFlow's stand-in once per process."""
    if not any(isinstance(finder, StandIn) and finder.packages == TENSORFLOW for finder in sys.meta_path):
        sys.meta_path.append(StandIn(TENSORFLOW, NOT_INSTALLED))


install()
