"""Peeks: pictures of the batch that views may show, made only while one wants them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sslviz.methods import Method
from sslviz.metrics import circle_and_sphere
from sslviz.spec.events import Array, Peeked, frozen
from sslviz.training.cadence import Cadence
from sslviz.training.held_out import to_bytes
from sslviz.training.learner import Moment

SHARE = 0.002
"""Of the training time, for each peek."""
GAP_S = 1.0
VIEWS = 32
SIMILAR = 64
POINTS = 256
"""Images of the batch in "views", in "similarity", and in "sphere" (each twice in the latter two)."""

Arrays = dict[str, Array]


class Peeks:
    """Makes `Peeked` events of a step; remembers the last of each."""

    def __init__(self, run_id: str, spectrum: Callable[[], Tensor | None], method: Method) -> None:
        """spectrum: the singular values of held-out z when they were last measured. method: draws its own figures."""
        self._run_id = run_id
        self._method = method
        self._spectrum = spectrum
        self._cadences: dict[str, Cadence] = {}
        self._axes: tuple[Tensor, Tensor] | None = None
        self.last: dict[str, Peeked] = {}
        self._makers: Mapping[str, Callable[[Moment | None], tuple[Arrays, str]]] = {
            "views": self._views,
            "similarity": self._similarity,
            "sphere": self._sphere,
            "spectrum": self._held_out_spectrum,
            **{info.name: partial(self._figure, info.name) for info in method.info.figures},
        }

    def after_step(
        self, step: int, moment: Moment | None, names: Iterable[str], now_s: float, *, at_once: bool = False
    ) -> list[Peeked]:
        """Those of `names` that are due, or all of them `at_once`, of the step in `moment`. now_s: any clock in seconds."""
        made = []
        for name in names:
            cadence = self._cadences.setdefault(name, Cadence(SHARE, GAP_S))
            if name in self._makers and (at_once or cadence.due(now_s)):
                start = time.perf_counter()
                peek = self._make(name, step, moment)
                cadence.done(now_s, time.perf_counter() - start)
                made += [peek] if peek else []
        return made

    def all(self, step: int, moment: Moment | None) -> Mapping[str, Peeked]:
        """Every peek, for the record of a run that ends or rests."""
        self.after_step(step, moment, self._makers, 0.0, at_once=True)
        return self.last

    def _make(self, name: str, step: int, moment: Moment | None) -> Peeked | None:
        arrays, note = self._makers[name](moment)
        if not arrays:
            return None
        peek = self.last[name] = Peeked(self._run_id, step, name, {k: frozen(v) for k, v in arrays.items()}, note)
        return peek

    def _views(self, moment: Moment | None) -> tuple[Arrays, str]:
        if moment is None:
            return {}, ""
        n = min(VIEWS, len(moment.batch.indices))
        sizes: dict[tuple[int, ...], list[Array]] = {}
        for views in moment.views:
            images = pictures(views[:, :n].flatten(0, 1)).reshape(len(views), n, *views.shape[3:], 3)
            sizes.setdefault(tuple(views.shape[3:]), []).append(images)
        arrays = {f"images_{k}" if k else "images": np.concatenate(group) for k, group in enumerate(sizes.values())}
        return {**arrays, **_who(moment, n)}, ""

    def _similarity(self, moment: Moment | None) -> tuple[Arrays, str]:
        if moment is None or "similarity" not in moment.peek:
            return {}, ""
        batch = len(moment.batch.indices)
        n = min(SIMILAR, batch)
        rows = torch.cat([torch.arange(n), torch.arange(n) + batch]).to(moment.peek["similarity"].device)
        cosine = moment.peek["similarity"][rows][:, rows].float().cpu().numpy()
        first, second = _two_views(moment, n)
        note = f"{n} of the {batch} images of the batch" if n < batch else ""
        return {"cosine": cosine, "images": pictures(torch.cat([first, second])), **_who(moment, n)}, note

    def _sphere(self, moment: Moment | None) -> tuple[Arrays, str]:
        z = None if moment is None else moment.peek.get("z")
        if moment is None or z is None:
            return {}, ""
        batch = len(moment.batch.indices)
        n = min(POINTS, batch)
        both = torch.cat([z[:n], z[batch : batch + n]]) if len(z) >= 2 * batch else z[:n]
        projection = circle_and_sphere(both.float(), self._axes)
        self._axes = projection.axes
        twice = len(both) // n
        pairs = (np.arange(len(both)) + n) % len(both)
        note = f"projected from {z.shape[1]} dimensions" if z.shape[1] > 3 else ""
        return {
            "circle": projection.circle.cpu().numpy(),
            "sphere": projection.sphere.cpu().numpy(),
            "kept": np.array(projection.kept, np.float32),
            **{name: np.tile(values, twice) for name, values in _who(moment, n).items()},
            "pairs": pairs,
        }, note

    def _figure(self, name: str, moment: Moment | None) -> tuple[Arrays, str]:
        """A figure of the method's own."""
        if moment is None:
            return {}, ""
        with torch.inference_mode(), torch.autocast(moment.views[0].device.type, enabled=False):
            drawing = self._method.figure(name, moment.views, moment.batch, moment.peek)
        return {key: _as_array(key, value) for key, value in drawing.items()}, ""

    def _held_out_spectrum(self, moment: Moment | None) -> tuple[Arrays, str]:  # noqa: ARG002 # of held-out images
        values = self._spectrum()
        return ({"values": values.float().cpu().numpy()}, "") if values is not None else ({}, "")


def _as_array(name: str, value: Tensor | Sequence[Any]) -> Array:
    """Text as it is, images (..., 3, h, w) as bytes (..., h, w, 3), other numbers as float32."""
    if not isinstance(value, Tensor):
        return np.array(value, np.str_)
    if name.endswith("images"):
        shown = pictures(value.flatten(0, -4))
        return shown.reshape(*value.shape[:-3], *shown.shape[1:])
    return value.float().cpu().numpy()


def pictures(images: Tensor) -> Array:
    """(n, 3, h, w) floats in [0, 1] -> (n, h, w, 3) uint8."""
    return np.ascontiguousarray(to_bytes(images).permute(0, 2, 3, 1).cpu().numpy())


def _two_views(moment: Moment, n: int) -> tuple[Tensor, Tensor]:
    """The first two views of the first n images, (n, 3, h, w) each."""
    views = [view[:n] for group in moment.views for view in group]
    return views[0], views[1 % len(views)]


def _who(moment: Moment, n: int) -> Arrays:
    """Indices and labels (-1 where unknown) of the first n images of the batch."""
    labels = moment.batch.labels
    known = labels[:n].cpu().numpy() if labels is not None else np.full(n, -1, np.int64)
    return {"indices": moment.batch.indices[:n].cpu().numpy(), "labels": known}
