"""A method of our own, live or recorded, as a model that can be looked into. Nothing is copied: the method must belong to nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from sslviz.checkpoints.base import Loaded
from sslviz.checkpoints.vit_report import from_shapes, table_in_words
from sslviz.inspect.model import Model
from sslviz.inspect.own.convolutional import Maps, as_maps
from sslviz.inspect.own.encoders import Side, chosen, sides_of
from sslviz.inspect.own.transformer import as_decoder, as_transformer
from sslviz.inspect.pretext import has_task
from sslviz.methods import Method
from sslviz.methods.clip import CLIP
from sslviz.methods.mae import MAE
from sslviz.nn.backbones import BACKBONES
from sslviz.nn.masked_decoder import MaskedDecoder
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.spec.config import RunConfig
from sslviz.spec.description import Ability, Description


@dataclass(frozen=True, slots=True)
class Origin:
    """What only whoever has the run knows of it: a name for people, the file of its weights, what to say."""

    source: str = "a live run"
    format: str = "live run"
    precision: str = "float32"
    sha256: str = ""
    bytes: int = 0
    notes: tuple[str, ...] = ()


def model_of(
    method: Method,
    config: RunConfig,
    step: int = -1,
    *,
    network: str = "",
    origin: Origin = Origin(),  # frozen
) -> Model:
    """`method` after `step` steps (-1: not known) as a model. network: "teacher", "student", "online" ...; "": the usual choice.

    Afterwards the method is in evaluation mode, without gradient, and shares its weights with the model. Raises InspectError.
    """
    method.eval().requires_grad_(False)
    sides = sides_of(method)
    side = chosen(sides, network)
    transformer = as_transformer(side.encoder.backbone)
    body: VisionTransformer | Maps = as_maps(side.encoder).eval() if transformer is None else transformer
    trained = side.encoder is method.encoder
    decoder = as_decoder(method, transformer) if trained and transformer and isinstance(method, MAE) else None
    text = nn.Sequential(method.text_tower, method.text_projection) if isinstance(method, CLIP) else None
    described = _described(method, config, step, side, sides, body, decoder, origin)
    return Model(
        Loaded(
            body, described, decoder=decoder, text=text, heads=side.heads,
            normalised_target=method.params.normalised if isinstance(method, MAE) else None, method=method,
            config=config,
        )
    )  # fmt: skip


def _described(
    method: Method, config: RunConfig, step: int, side: Side, sides: tuple[Side, ...],
    body: VisionTransformer | Maps, decoder: MaskedDecoder | None, origin: Origin,
) -> Description:  # fmt: skip
    mean, std = (tuple(float(v) for v in values.flatten()) for values in (side.encoder.mean, side.encoder.std))
    plan = body.plan if isinstance(body, VisionTransformer) else None
    where = f"after {step:,} steps" if step >= 0 else "as it is now"
    task = ("Its task can be seen in Reconstruct.",) if decoder is None and has_task(method) else ()
    return Description(
        source=origin.source, family=method.info.title, network=side.name if len(sides) > 1 else "",
        networks=tuple(s.name for s in sides) if len(sides) > 1 else (), kind="cnn" if plan is None else "vit",
        backbone=backbone_title(config.backbone), parameters=sum(p.numel() for p in body.parameters()),
        depth=plan.depth if plan else body.stages if isinstance(body, Maps) else 0,
        width=plan.width if plan else body.num_features, heads=plan.heads if plan else 0,
        patch=plan.patch if plan else (0, 0), image_size=method.facts.view_sizes[0], channels=len(mean),
        class_token=bool(plan and plan.class_token), registers=plan.registers if plan else 0,
        positions=table_in_words(plan, waves=isinstance(method, MAE)) if plan and plan.positions == "table" else "",
        mean=mean, std=std, precision=origin.precision, abilities=_abilities(method, body, decoder, side.heads), matched=100.0,
        inferred=(f"{method.info.title} {where}, of {config.backbone}, from the run itself.", *(from_shapes(plan) if plan else ())),
        notes=(*origin.notes, *task), sha256=origin.sha256, bytes=origin.bytes, format=origin.format,
        data=config.data,
    )  # fmt: skip


def _abilities(
    method: Method, body: VisionTransformer | Maps, decoder: MaskedDecoder | None, heads: Mapping[str, nn.Module]
) -> tuple[Ability, ...]:
    there: tuple[tuple[Ability, bool], ...] = (
        ("attention", isinstance(body, VisionTransformer)),
        ("reconstruct", decoder is not None or has_task(method)),
        ("text", isinstance(method, CLIP)),
        ("classify", "logits" in heads),
    )
    return tuple(ability for ability, has in there if has)


def backbone_title(name: str) -> str:
    """ "ViT, width 64, 4 layers"; timm's by their name."""
    return BACKBONES[name].info.title if name in BACKBONES else name
