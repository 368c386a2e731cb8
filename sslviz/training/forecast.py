"""What a run would need, told before anything is decoded, downloaded or trained."""

from __future__ import annotations

from collections.abc import Mapping

from sslviz.data.shapes.dials import PRESETS, chosen, class_label
from sslviz.data.shapes.scenes import factor_names
from sslviz.nn.devices import choose_device
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.quantities import size_text
from sslviz.spec.requests import Estimated
from sslviz.training.needs import available_bytes, needed_bytes
from sslviz.training.prepare import build_method, facts_of, validate

_SIDES = {"cifar10": 32, "cifar100": 32, "fashion_mnist": 28, "stl10": 96}
_CLASSES = {"cifar100": 100}
_USUAL_SIDE = 64  # of decoded folders, unless their images are smaller


def estimate(config: RunConfig) -> Estimated:
    """Predicted peak memory of training `config`, what is free, and the model's size. Loads no images.

    The image size of a folder or zip is only known once it is decoded; until then the usual one is assumed, and said so.
    Raises the errors that starting it would raise: SpecError, NetworkError, MethodError, TrainingError.
    """
    validate(config)
    side, sure = image_side(config.data)
    facts = facts_of(config, (side, side), *_names(config.data))
    method = build_method(config, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25), facts=facts)
    needed = needed_bytes(method, config, (side, side))
    available = available_bytes(choose_device(config.device))
    parameters = sum(weight.numel() for weight in method.parameters())
    text = f"about {size_text(needed)} of {size_text(available)} free, {parameters:,} parameters, {side} px"
    if needed > available:
        text += f": too much; half the batch is {max(1, config.batch_size // 2)}"
    return Estimated(needed, available, parameters, text if sure else f"{text} (assumed until the images are decoded)")


def _names(data: DataConfig) -> tuple[tuple[str, ...], Mapping[str, tuple[str, ...]]]:
    """Class names and factor names as far as they are certain; images that are not decoded yet are taken to have ten classes."""
    if data.source != "shapes":
        return tuple(f"class {k}" for k in range(_CLASSES.get(data.source, 10))), {}
    dials = chosen(data.dials)
    names = factor_names(dials)
    return names[class_label(dials)], names


def image_side(data: DataConfig) -> tuple[int, bool]:
    """Pixels of a side, and whether that is certain before the images are decoded. Raises SpecError for dials that do not fit."""
    if data.image_size:
        return data.image_size, True
    if data.source == "shapes":
        return PRESETS[chosen(data.dials).preset].image_size, True
    return _SIDES.get(data.source, _USUAL_SIDE), data.source in _SIDES
