"""Which images make the batch of a step, and the fast way to get them."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sslviz.training.errors import TrainingError
from sslviz.training.seeds import stream_seed

Indices = NDArray[np.int64]


class BatchOrder:
    """Shuffled passes over `n` images in batches of `batch_size`; the rest of a pass that fills no batch is dropped.

    `at` is a pure function of (n, batch_size, seed, step): only the order of the current pass is remembered, to save time.
    Raises TrainingError where a batch is larger than the data.
    """

    def __init__(self, n: int, batch_size: int, seed: int) -> None:
        if batch_size > n:
            raise TrainingError(
                f"A batch of {batch_size:,} is larger than the data: there are {n:,} training images.",
                f"Choose a batch size of at most {n:,}." if n > 1 else "Add images: a run needs at least two.",
                field="batch_size",
            )
        self.n, self.batch_size, self.seed = n, batch_size, seed
        self._pass = -1
        self._order: Indices = np.empty(0, np.int64)

    @property
    def steps_a_pass(self) -> int:
        """Batches in one pass over the images."""
        return self.n // self.batch_size

    def at(self, step: int) -> Indices:
        """Indices of the batch that step number `step` (0 is the first) trains on, (batch_size,) int64."""
        number, place = divmod(step, self.steps_a_pass)
        if number != self._pass:
            philox = np.random.Philox(key=stream_seed(self.seed, "batch order", number))
            self._order = np.random.Generator(philox).permutation(self.n).astype(np.int64, copy=False)
            self._pass = number
        return self._order[place * self.batch_size : (place + 1) * self.batch_size]


class ImageStore:
    """All images as uint8, gathered by index onto the training device.

    They are kept on an accelerator where they take at most a quarter of its free memory; else they stay where they are,
    which may be a memory-mapped file larger than the memory.
    """

    def __init__(self, images: NDArray[np.uint8], device: torch.device) -> None:
        self.device = device
        self._host = images.view(np.ndarray)
        self._resident: Tensor | None = None
        if device.type == "cuda" and images.nbytes <= torch.cuda.mem_get_info(device)[0] // 4:
            self._resident = torch.from_numpy(np.array(self._host)).to(device)

    def gather(self, indices: Indices) -> Tensor:
        """Images at `indices` on the device, (B, 3, H, W) uint8."""
        if self._resident is not None:
            return self._resident[torch.from_numpy(indices).to(self.device)]
        return torch.from_numpy(self._host.take(indices, axis=0)).to(self.device)


def label_tensor(labels: Indices | None, indices: Indices, device: torch.device) -> Tensor | None:
    """Labels at `indices` on the device, (B,) int64, or None where the data has none."""
    return None if labels is None else torch.from_numpy(labels[indices]).to(device)
