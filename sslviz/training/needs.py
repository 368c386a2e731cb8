"""Memory that a run needs, and that there is."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from pathlib import Path

import psutil
import torch
from torch import Tensor

from sslviz.methods import Batch, Method
from sslviz.nn.memory import predict_memory
from sslviz.spec.augmentation import view_size
from sslviz.spec.config import RunConfig
from sslviz.spec.quantities import size_text
from sslviz.training.errors import TrainingError
from sslviz.training.held_out import MOST_BYTES

OVERRIDE = "SSLVIZ_IGNORE_MEMORY"
"""Environment variable: any text in it starts runs that the prediction holds to be too large."""
_FLOAT = 4


def needed_bytes(method: Method, config: RunConfig, image_size: tuple[int, int]) -> int:
    """Predicted bytes that training adds at its peak. `method` is left as it is; image_size (H, W) is the data's own."""
    trial = copy.deepcopy(method).cpu().train()
    sizes = [(view.count, *view_size(view, image_size)) for view in config.augmentation.views]
    pixels = sum(count * h * w for count, h, w in sizes) + image_size[0] * image_size[1]
    batch_bytes = 3 * config.batch_size * pixels * _FLOAT * 2  # the views, and the augmentation's buffers
    held_out = 3 * min(MOST_BYTES, 4_000 * 3 * image_size[0] * image_size[1])

    def loss_of(n: int) -> Tensor:
        views = [torch.full((count, n, 3, h, w), 0.5) for count, h, w in sizes]
        indices, generator = torch.arange(n), torch.Generator().manual_seed(0)
        labels = indices % max(len(method.facts.classes), 1)
        factors = {name: indices % max(len(names), 1) for name, names in method.facts.factors.items()}
        return trial.step(views, Batch(indices, labels, 1, 0.0, generator, factors)).loss

    piece = max(1, config.batch_size // config.optimiser.accumulate)
    if piece == 1:
        _require_statistics(method.info.title, lambda: loss_of(1))
    return predict_memory(
        trial, loss_of, batch_size=piece, optimiser=config.optimiser.name, resident_bytes=batch_bytes + held_out
    )


def _require_statistics(who: str, step: Callable[[], object]) -> None:
    """Raises TrainingError where a step on a single image finds nothing to normalise over."""
    try:
        step()
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):  # what torch's batch norm says
            raise
        raise TrainingError(
            f"{who} normalises over the images of a batch, and a single one has no spread.",
            "Choose a batch of at least 2 images, better 64 or more.",
            field="batch_size",
        ) from error


def available_bytes(device: torch.device) -> int:
    """Memory that a run may still take on `device`; a container's limit counts."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return min(int(psutil.virtual_memory().available), _container_room(Path("/sys/fs/cgroup")))


def _container_room(root: Path) -> int:
    """What a Linux container's memory limit leaves; without a limit, more than there can be."""
    try:
        limit, used = (root / "memory.max").read_text().strip(), (root / "memory.current").read_text().strip()
        reclaimable = next(
            int(line.split()[1])
            for line in (root / "memory.stat").read_text().splitlines()
            if line.startswith("inactive_file ")
        )
        return int(limit) - int(used) + reclaimable
    except (OSError, ValueError, StopIteration):  # "max", or no such control group: no limit
        return 1 << 62


def require_memory(needed: int, device: torch.device, batch_size: int) -> None:
    """Raises TrainingError, which offers half the batch, where a run would need more than there is (see OVERRIDE)."""
    available = available_bytes(device)
    if needed <= available or os.environ.get(OVERRIDE):
        return
    half = (
        f"Try a batch of {batch_size // 2}, the same batch in pieces (accumulate), smaller"
        if batch_size > 1
        else "Try smaller"
    )
    raise TrainingError(
        f"This run would need about {size_text(needed)} of memory, and {size_text(available)} are free.",
        f"{half} images or a smaller backbone; set {OVERRIDE}=1 to start it all the same.",
        field="batch_size",
    )
