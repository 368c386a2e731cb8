"""timm without the compiler that it never uses here: a second and a half less until the first model is open.

`import timm` loads `torch._dynamo`, three quarters of what it costs, for two names: torchvision asks it whether a device can be
compiled for, when one of its operations is called; timm marks a few functions as not to be compiled. Both are met by stand-ins that
fetch the compiler when they are called, and which are gone again after the import.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

COMPILER, ITS_UTILITIES = "torch._dynamo", "torch._dynamo.utils"


def import_timm() -> None:
    """Load timm. To be called while no other thread imports anything that compiles. Where the short way fails, by the long one."""
    if not {"timm", "torchvision", COMPILER} & set(sys.modules):
        with stand_ins(), suppress(ImportError, AttributeError):  # a version that wants more of the compiler
            importlib.import_module("timm")
    importlib.import_module("timm")


@contextmanager
def stand_ins() -> Iterator[None]:
    """`torch._dynamo`, if nobody needs it yet, is a module that knows two names; the real one is imported by whoever asks afterwards."""
    compiler, utilities = ModuleType(COMPILER), ModuleType(ITS_UTILITIES)
    compiler.__path__ = []
    vars(compiler).update(disable=_disabled, utils=utilities)
    vars(utilities).update(is_compile_supported=_is_compile_supported)
    torch = importlib.import_module("torch")
    sys.modules.update({COMPILER: compiler, ITS_UTILITIES: utilities})
    try:
        yield
    finally:
        for name, module in ((COMPILER, compiler), (ITS_UTILITIES, utilities)):
            if sys.modules.get(name) is module:
                del sys.modules[name]
        if vars(torch).get("_dynamo") is compiler:
            del torch._dynamo  # noqa: SLF001  the import has put it there


def _disabled(function: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """As `torch.compiler.disable`, the compiler loaded at the first call."""
    del reason  # the late way has no place for it
    from torch._compile import _disable_dynamo

    return _disable_dynamo(function, recursive)


def _is_compile_supported(*arguments: Any) -> Any:
    return importlib.import_module(ITS_UTILITIES).is_compile_supported(*arguments)
