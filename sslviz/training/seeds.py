"""Counter-based randomness: whatever is random at a step is a pure function of (seed, stream, step).

So resuming needs no generator state, and nothing that looks at a run can disturb it.
"""

from __future__ import annotations

import hashlib
from typing import Literal

import torch

Stream = Literal["initial weights", "batch order", "augmentation", "method", "held-out views"]


def stream_seed(seed: int, stream: Stream, step: int = 0) -> int:
    """A seed in [0, 2^63) for one purpose at one step; different purposes and steps share no visible pattern."""
    digest = hashlib.blake2b(f"{seed}/{stream}/{step}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1


def generator_at(seed: int, stream: Stream, step: int, device: torch.device) -> torch.Generator:
    """A generator on `device` in the state that belongs to (seed, stream, step)."""
    return torch.Generator(device).manual_seed(stream_seed(seed, stream, step))
