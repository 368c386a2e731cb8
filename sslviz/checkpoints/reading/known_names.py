"""The names that a pickle of weights needs, and what stands in for each. Nothing is imported because a file says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.reading.damage import damaged
from sslviz.checkpoints.reading.pickle_machine import MOST_STEPS, Known, Make, Named
from sslviz.checkpoints.reading.tensors import Storage, strided

MOST_TENSORS = 200_000
"""More than any checkpoint has."""

STORAGES = {
    "Double": torch.float64, "Float": torch.float32, "Half": torch.float16, "BFloat16": torch.bfloat16,
    "Long": torch.int64, "Int": torch.int32, "Short": torch.int16, "Char": torch.int8, "Byte": torch.uint8,
    "Bool": torch.bool, "ComplexDouble": torch.complex128, "ComplexFloat": torch.complex64,
    "QInt8": torch.qint8, "QUInt8": torch.quint8, "QInt32": torch.qint32, "QUInt4x2": torch.quint4x2,
    "QUInt2x4": torch.quint2x4,
}  # fmt: skip
"""Types of torch's storages by their class, without "Storage"."""

_DTYPES = {f"torch.{name}": value for name, value in vars(torch).items() if isinstance(value, torch.dtype)}
_DICTS = (
    "collections.OrderedDict",
    "collections.defaultdict",
    "collections.Counter",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning.pytorch.utilities.parsing.AttributeDict",
    "lightning_fabric.utilities.data.AttributeDict",
    "lightning.fabric.utilities.data.AttributeDict",
    "easydict.EasyDict",
    "addict.addict.Dict",
)
_ODD_TENSORS = {
    "_rebuild_sparse_tensor": "sparse",
    "_rebuild_sparse_csr_tensor": "sparse",
    "_rebuild_nested_tensor": "nested",
    "_rebuild_meta_tensor_no_storage": "empty (on the meta device)",
    "_rebuild_wrapper_subclass": "distributed or otherwise wrapped",
    "_rebuild_device_tensor_from_numpy": "held by an accelerator's own type",
    "_rebuild_device_tensor_from_cpu_tensor": "held by an accelerator's own type",
    "_rebuild_xla_tensor": "held by an accelerator's own type",
}


class KnownNames:
    """The table for one file. It counts the tensors that are made."""

    def __init__(self) -> None:
        self._tensors = self._pairs = 0

    def table(self) -> Mapping[str, Known]:
        """What a `Machine` looks names up in."""
        utils = "torch._utils."
        table: dict[str, Known] = {
            f"{utils}_rebuild_tensor": self._tensor,
            f"{utils}_rebuild_tensor_v2": self._tensor_v2,
            f"{utils}_rebuild_tensor_v3": self._tensor_v3,
            f"{utils}_rebuild_parameter": _parameter,
            f"{utils}_rebuild_parameter_with_state": _parameter,
            f"{utils}_rebuild_qtensor": _refuse_quantised,
            "torch.nn.parameter.Parameter": _parameter,
            "torch._tensor._rebuild_from_type_v2": _from_type,
            "torch.Size": _same,
            "_codecs.encode": _encoded,
            **dict.fromkeys(_DICTS, self._dict),
            **{f"{module}.{name}": _listed for module in ("builtins", "__builtin__") for name in ("set", "frozenset")},
            **{f"{utils}{name}": _refusing(kind) for name, kind in _ODD_TENSORS.items()},
        }
        return {**table, **storage_names(), **_DTYPES}

    def _tensor_v2(
        self, storage: Any, offset: Any, shape: Any, strides: Any, _gradient: Any, _hooks: Any, notes: Any = None
    ) -> Tensor:
        if notes:
            raise CheckpointError(
                "A tensor of the file is stored as the negative or conjugate of its numbers.",
                "Save the model again after `tensor.resolve_neg().resolve_conj()`.",
            )
        return self._tensor(storage, offset, shape, strides)

    def _tensor_v3(
        self,
        storage: Any,
        offset: Any,
        shape: Any,
        strides: Any,
        _gradient: Any,
        _hooks: Any,
        dtype: Any,
        _notes: Any = None,
    ) -> Tensor:
        if not (isinstance(storage, Storage) and isinstance(dtype, torch.dtype)):
            raise damaged("a tensor has no numbers")
        self._count()
        return strided(storage, dtype, offset, shape, strides)

    def _tensor(self, storage: Any, offset: Any, shape: Any, strides: Any) -> Tensor:
        if not isinstance(storage, Storage):
            raise damaged("a tensor has no numbers")
        self._count()
        return strided(storage, storage.dtype, offset, shape, strides)

    def _dict(self, *things: Any) -> dict[Any, Any]:
        """An empty dict, which the pickle goes on to fill; what a Counter counted; from Python 2, pairs."""
        made: dict[Any, Any] = {}
        for thing in things:
            if isinstance(thing, dict):
                return thing
            if isinstance(thing, list):
                self._pairs += len(thing)
                if self._pairs > MOST_STEPS:
                    raise damaged("its dictionaries repeat each other")
                made.update((key, value) for key, value in thing if isinstance(key, str))
        return made

    def _count(self) -> None:
        self._tensors += 1
        if self._tensors > MOST_TENSORS:
            raise damaged(f"it holds more than {MOST_TENSORS:,} tensors")


def storage_names() -> dict[str, Known]:
    """The classes of storages."""
    names: dict[str, Known] = {}
    for short, dtype in STORAGES.items():
        for module in ("torch", "torch.cuda", "torch.storage"):
            names[f"{module}.{short}Storage"] = Named(f"torch.{short}Storage", _Typed(dtype))
    for module in ("torch", "torch.storage"):
        names[f"{module}.UntypedStorage"] = Named("torch.UntypedStorage", _Typed(torch.uint8))
    return names


class _Typed:
    """What a storage's class becomes: only its type of numbers is of interest."""

    def __init__(self, dtype: torch.dtype) -> None:
        self.dtype = dtype

    def __call__(self, *_: Any) -> NoReturn:
        raise damaged("it makes a storage without numbers")


def dtype_of(storage_class: Any) -> torch.dtype:
    """The type of numbers in a storage, from what its class became. Raises CheckpointError."""
    if isinstance(storage_class, Named) and isinstance(storage_class.make, _Typed):
        return storage_class.make.dtype
    raise damaged("the type of a storage is not known")


def _parameter(data: Any, *_: Any) -> Any:
    return data


def _from_type(make: Any, _kind: Any, args: Any, _state: Any = None) -> Any:
    """A tensor with attributes, or of a subclass: the tensor alone."""
    if not (isinstance(make, Named) and make.make is not None and isinstance(args, tuple)) or len(args) > 16:
        raise damaged("a tensor is of a kind that is not known")
    return make.make(*args)


def _same(thing: Any) -> Any:
    return thing


def _listed(things: Any = ()) -> Any:
    return things


def _encoded(text: Any, _encoding: Any = "latin1") -> bytes:
    """Bytes as old protocols write them. What they hold nobody asks for: they stay as short as they are long."""
    return text.encode("latin-1") if isinstance(text, str) and len(text) < 4_096 else b""


def _refuse_quantised(*_: Any) -> NoReturn:
    raise CheckpointError(
        "The file holds quantised weights (torch's qint types), which are not supported.",
        "Open the file of the same model in float32, bfloat16 or float16, from before it was quantised.",
    )


def _refusing(kind: str) -> Make:
    def refuse(*_: Any) -> NoReturn:
        raise CheckpointError(
            f"A tensor of the file is {kind}, and no plain list of numbers.",
            "Save the model again with all of its weights as ordinary tensors on the processor.",
        )

    return refuse


__all__ = ["MOST_TENSORS", "KnownNames", "dtype_of", "storage_names"]
