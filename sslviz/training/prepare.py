"""From a configuration to something that can take a step: checks, device, images, networks, held-out images."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch

from sslviz.data import ImageData, Splits, load_data
from sslviz.methods import METHODS, Facts, Method
from sslviz.nn.backbones import build_backbone
from sslviz.nn.devices import choose_device, device_names, intra_op_threads, usable_cores
from sslviz.nn.encoder import Encoder
from sslviz.nn.precision import choose_precision
from sslviz.spec.augmentation import ViewRecipe, view_size
from sslviz.spec.config import OptimiserConfig, RunConfig
from sslviz.spec.errors import settings_in
from sslviz.spec.params import build, check, describe
from sslviz.training.batches import BatchOrder
from sslviz.training.errors import TrainingError
from sslviz.training.held_out import hold_out
from sslviz.training.learner import Learner
from sslviz.training.measure import Measurer
from sslviz.training.needs import needed_bytes, require_memory
from sslviz.training.pieces import require_pieces
from sslviz.training.run_file import Environment, program_versions
from sslviz.training.seeds import stream_seed

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_BUILDING = threading.Lock()
"""Initial weights are drawn from the process's one generator, by one thread at a time: a run may begin while another is evaluated."""

Tell = Callable[[float, str], None]
"""Told the share done (NaN where unknown) and what is being done."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A run that is ready for its next step."""

    learner: Learner
    measurer: Measurer | None
    environment: Environment
    notes: tuple[str, ...]  # sentences on what could not be as it was


def validate(config: RunConfig) -> None:
    """Raises SpecError where a value is out of its range, and TrainingError where views are missing or pieces do not fit."""
    _check_fields(config, "")
    _check_fields(config.optimiser, "optimiser.")
    if not config.augmentation.views:
        raise TrainingError("The augmentation makes no view.", "Add at least one view recipe.")
    for number, view in enumerate(config.augmentation.views):
        _check_fields(view, f"augment.{number}.")
    require_pieces(config.batch_size, config.optimiser)
    build(METHODS[config.method].Params, config.params)


def _check_fields(part: RunConfig | OptimiserConfig | ViewRecipe, room: str) -> None:
    """Raises SpecError, with the setting's full name, where a value does not fit its description."""
    for info in describe(type(part)):
        with settings_in(room):
            check(info, getattr(part, info.name))


def prepare(
    config: RunConfig, recorded: Environment | None, tell: Tell, cancelled: Callable[[], bool], *, measure: bool
) -> Prepared:
    """Everything a run needs. recorded: the surroundings of a run that goes on, whose device, threads and precision are kept.

    Raises SSLVizErrors of the rooms involved, and Cancelled.
    """
    validate(config)
    device, threads, notes = _surroundings(config, recorded)
    torch.set_num_threads(threads)
    splits = load_data(config.data, progress=tell, cancelled=cancelled)
    _require_same_data(splits, recorded)
    BatchOrder(
        len(splits.train), config.batch_size, config.seed
    )  # refuses a batch that is too large before anything is built
    tell(float("nan"), "building the networks")
    train = splits.train
    classes = tuple(train.class_names) if train.labels is not None else ()
    facts = facts_of(config, train.image_size, classes, train.factor_names)
    method = build_method(config, mean=train.mean, std=train.std, facts=facts)
    needed = needed_bytes(method, config, train.image_size)
    require_memory(needed, device, config.batch_size)
    precision = choose_precision(_precision(config, recorded), method.encoder, _batch_shape(config, train), device)
    tell(float("nan"), "preparing the measurements")
    learner = Learner(config, train, method, make_fabric(device, precision))
    measurer = Measurer(learner, hold_out(splits, config.augmentation, config.seed, device)) if measure else None
    environment = Environment(
        device=str(device),
        threads=threads,
        precision=precision,
        fingerprint=splits.fingerprint,
        data_note=splits.note,
        images=len(train),
        parameters=sum(weight.numel() for weight in method.parameters()),
        memory_bytes=needed,
        class_names=tuple(train.class_names),
        versions=program_versions(),
    )
    return Prepared(learner, measurer, environment, tuple(notes))


def build_method(config: RunConfig, *, mean: Sequence[float], std: Sequence[float], facts: Facts) -> Method:
    """The method with its initial weights, which depend on the seed alone; on the CPU. Raises MethodError where they do not fit."""
    kind = METHODS[config.method]
    params = build(kind.Params, config.params)
    with _BUILDING, torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_seed(config.seed, "initial weights"))
        encoder = Encoder(build_backbone(config.backbone, max(facts.view_sizes[0])), mean, std)
        kind.require(params, facts, encoder)
        return kind(encoder, params, facts)


def facts_of(
    config: RunConfig,
    image_size: tuple[int, int],
    classes: tuple[str, ...] = (),
    factors: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> Facts:
    """What a method may know of a run: on images of image_size (H, W), with these names of classes and factors' values.

    Its batch is what a step shows it at a time: with gradient accumulation a piece of the batch.
    """
    sizes = (view_size(view, image_size) for view in config.augmentation.views for _ in range(view.count))
    piece = max(1, config.batch_size // config.optimiser.accumulate)
    return Facts(tuple(sizes), piece, config.steps, classes, dict(factors))


def make_fabric(device: torch.device, precision: str) -> Fabric:
    """One process on one device."""
    from lightning_fabric import Fabric

    logging.getLogger("lightning_fabric").setLevel(logging.WARNING)  # importing it sets INFO, to announce its precision
    _, _, index = str(device).partition(":")
    return Fabric(
        accelerator=device.type,
        devices=[int(index)] if index else 1,
        precision="bf16-mixed" if precision == "bf16" else "32-true",
    )


def _surroundings(config: RunConfig, recorded: Environment | None) -> tuple[torch.device, int, list[str]]:
    if recorded is None or not recorded.device:
        return choose_device(config.device), intra_op_threads(config.threads), []
    notes = []
    there = recorded.device in device_names()
    device = choose_device(recorded.device if there else "auto")
    if not there:
        notes.append(f"The run was on {recorded.device}, which is not here: it goes on on {device}.")
    threads = recorded.threads if recorded.threads <= usable_cores() else intra_op_threads(config.threads)
    if threads != recorded.threads:
        notes.append(f"The run had {recorded.threads} threads, here it has {threads}: the last digits may differ.")
    return device, threads, notes


def _require_same_data(splits: Splits, recorded: Environment | None) -> None:
    if recorded and recorded.fingerprint and recorded.fingerprint != splits.fingerprint:
        raise TrainingError(
            f"The images are not those that this run was trained on ({splits.note})",
            "Put the old images back, or start a new run with these.",
        )


def _precision(config: RunConfig, recorded: Environment | None) -> str:
    return recorded.precision if recorded and recorded.precision else config.precision


def _batch_shape(config: RunConfig, data: ImageData) -> tuple[int, ...]:
    views = config.augmentation.views[0]
    piece = config.batch_size // config.optimiser.accumulate
    return (piece * views.count, 3, *view_size(views, data.image_size))
