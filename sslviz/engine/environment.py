"""Settings of the process that must stand before torch is loaded. Never loads it."""

from __future__ import annotations

import ctypes
import logging
import os
import sys

import psutil

OPENMP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "6000"}
"""How threads wait for each other's next operation: a few microseconds awake, then asleep.

Measured on two cores with the smallest ResNet, images/s, on a quiet machine and beside another busy program: 2,000 rounds 2,700 and
1,360; 6,000 rounds 3,050 and 1,200; 20,000 rounds 3,050 and 830; without any bound a busy machine trains at a sixth. The wait is
cut short while a process has more such threads than cores: whoever computes beside a run must not leave its helpers behind.
"""

_MMAP_THRESHOLD, _TRIM_THRESHOLD, _ARENA_MAX = -3, -1, -8  # glibc's names for `mallopt`
_LARGE, _NEVER = 1 << 30, (1 << 31) - 1

_BELOW_NORMAL = 10  # of Unix's niceness, 0 to 19


def prepare_environment(threads: int = 0) -> None:
    """Idle threads soon sleep (see OPENMP); what Apple's GPU lacks runs on the CPU. Keeps what the user has set.

    threads > 0 also holds for the libraries beside torch that count cores by themselves.
    """
    for name, value in OPENMP.items():
        os.environ.setdefault(name, value)
    _keep_freed_memory()
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)  # the run itself says what it uses
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    if threads > 0:
        os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)


def _keep_freed_memory() -> None:
    """Let the next step have the memory of the last one, where the C library is glibc; elsewhere nothing is done.

    Left alone, it hands a step's large tensors back to the system and asks for them again: 6,000 page faults a step, 5 % of its time.
    """
    if sys.platform != "linux" or "MALLOC_TRIM_THRESHOLD_" in os.environ:
        return
    tune = getattr(ctypes.CDLL(None), "mallopt", None)
    if tune is not None:
        for name, value in ((_MMAP_THRESHOLD, _LARGE), (_TRIM_THRESHOLD, _NEVER), (_ARENA_MAX, 1)):
            tune(name, value)


def lower_priority() -> None:
    """Let windows and everything else that the user touches go first."""
    process = psutil.Process()
    if sys.platform == "win32":
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
    elif process.nice() < _BELOW_NORMAL:
        process.nice(_BELOW_NORMAL)


def use_threads(requested: int) -> int:
    """Set and return torch's intra-op threads of the calling thread and of those that come; 0: all cores."""
    import torch

    from sslviz.nn.devices import intra_op_threads

    count = intra_op_threads(requested)
    torch.set_num_threads(count)
    return count
