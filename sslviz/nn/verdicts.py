"""Which precision was measured to be faster: remembered in the cache, so that equal runs on a machine compute alike."""

from __future__ import annotations

import contextlib
import os
import platform
from hashlib import blake2b
from typing import Literal

import torch
from torch import nn

from sslviz.spec.places import precision_folder

Precision = Literal["fp32", "bf16"]


def key(network: nn.Module, shape: tuple[int, ...], device: torch.device) -> str:
    """A name for what decides the speed: machine, device, threads, torch, layers of the network, and shape of its input."""
    chip = torch.cuda.get_device_name(device) if device.type == "cuda" else torch.backends.cpu.get_cpu_capability()
    facts = (platform.node(), device.type, chip, torch.get_num_threads(), torch.__version__, repr(network), shape)
    return blake2b(repr(facts).encode(), digest_size=12).hexdigest()


def recall(name: str) -> Precision | None:
    """What was found under `name`; None where nothing was, or nothing legible."""
    try:
        found = (precision_folder() / name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return "fp32" if found == "fp32" else "bf16" if found == "bf16" else None


def remember(name: str, found: Precision) -> None:
    """Keep a verdict. A disk that refuses is no error: the next run measures again."""
    place = precision_folder() / name
    part = place.with_name(f".{name}.{os.getpid()}.part")
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(found, encoding="utf-8")
        part.replace(place)
