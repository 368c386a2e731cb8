"""Settings of the process that must stand before torch is loaded. Never loads it."""

from __future__ import annotations

import logging
import os
import sys

import psutil

_BELOW_NORMAL = 10  # of Unix's niceness, 0 to 19


def prepare_environment(threads: int = 0) -> None:
    """Idle threads sleep instead of spinning; what Apple's GPU lacks runs on the CPU. Keeps what the user has set.

    Spinning threads of a busy two-core machine slow training to a sixth. threads > 0 also holds for the
    libraries beside torch that count cores by themselves.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")
    logging.getLogger("lightning.fabric").setLevel(logging.WARNING)  # the run itself says what it uses
    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
    if threads > 0:
        os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(threads)


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
