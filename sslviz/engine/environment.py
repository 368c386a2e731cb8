"""Settings of the process that must stand before torch is loaded. Never loads it."""

from __future__ import annotations

import logging
import os
import sys

import psutil

OPENMP = {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "2000"}
"""How threads wait for each other's next operation: a few microseconds awake, then asleep.

Measured on two cores with the smallest ResNet, images/s: without the short wait 2,000, with it 2,250; beside another busy program
1,250 and 1,200. Waiting longer, 10,000 rounds, gives 2,600 and 880; without any bound a busy machine trains at a sixth.
"""

_BELOW_NORMAL = 10  # of Unix's niceness, 0 to 19


def prepare_environment(threads: int = 0) -> None:
    """Idle threads soon sleep (see OPENMP); what Apple's GPU lacks runs on the CPU. Keeps what the user has set.

    threads > 0 also holds for the libraries beside torch that count cores by themselves.
    """
    for name, value in OPENMP.items():
        os.environ.setdefault(name, value)
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
