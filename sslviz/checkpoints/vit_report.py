"""What is said of a vision transformer that was read: in sentences, for people."""

from __future__ import annotations

from collections.abc import Iterable

from sslviz.checkpoints.base import Assumption, Description, Part, Wishes
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.normalisation import Normalisation
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.nn.vit_plan import VitPlan
from sslviz.spec.description import Ability

LETTERS = {
    (192, 12): "Ti", (384, 12): "S", (768, 12): "B", (1024, 24): "L", (1152, 27): "So400m", (1280, 32): "H",
    (1408, 40): "g", (1536, 40): "g", (1664, 48): "G", (4096, 40): "7B",
}  # fmt: skip
"""What networks of these widths and depths are called."""

RULES = {
    "dino": "bicubic with DINO's offset of 0.1",
    "size": "bicubic",
    "size_antialias": "bicubic, smoothed where it shrinks",
    "align_corners": "bicubic with the corners kept in place",
}
"""How the table is resized, in words."""


def report(
    title: str, part: Part, wishes: Wishes, network: VisionTransformer, ledger: Ledger, pixels: Normalisation, *,
    positions: str, inferred: tuple[str, ...], assumed: tuple[Assumption, ...], notes: tuple[str, ...],
    abilities: tuple[Ability, ...], native_size: int = 224,
) -> Description:  # fmt: skip
    """All of it but what the file tells (hash, bytes, format, precision), which is filled in by whoever opened it.

    native_size: px of a side that a network without a table was trained at.
    """
    plan = network.plan
    table = (plan.grid[0] * plan.patch[0], plan.grid[1] * plan.patch[1])
    size = table if plan.positions == "table" else (native_size, native_size)
    return Description(
        source=str(part.archive.path), family=title, network=part.name, networks=part.networks, kind="vit",
        backbone=name_of(plan), parameters=sum(parameter.numel() for parameter in network.parameters()),
        depth=plan.depth, width=plan.width, heads=plan.heads, patch=plan.patch,
        image_size=(wishes.image_size, wishes.image_size) if wishes.image_size else size,
        channels=plan.channels, class_token=plan.class_token, registers=plan.registers, positions=positions,
        mean=pixels.mean, std=pixels.std, precision="", abilities=abilities, matched=ledger.matched,
        inferred=(*from_shapes(plan), *inferred), assumed=assumed, unused=ledger.unused,
        notes=(*notes, *about_leftovers(ledger.left)),
    )  # fmt: skip


def name_of(plan: VitPlan) -> str:
    """ViT-S/16; ViT/8 of 3 blocks, 36 wide, where there is no such name."""
    patch = str(plan.patch[0]) if plan.patch[0] == plan.patch[1] else f"{plan.patch[0]}x{plan.patch[1]}"
    letter = LETTERS.get((plan.width, plan.depth))
    return f"ViT-{letter}/{patch}" if letter else f"ViT/{patch} of {plan.depth} blocks, {plan.width} wide"


def table_in_words(plan: VitPlan, waves: bool, addition: str = "") -> str:
    """learned table, 14 x 14; other sizes: bicubic with DINO's offset of 0.1."""
    made = "sines and cosines" if waves else "learned table"
    other = "other sizes: refused" if plan.rule == "fixed" else f"other sizes: {RULES[plan.rule]}"
    return f"{made}, {plan.grid[0]} x {plan.grid[1]}; {other}{addition}"


def from_shapes(plan: VitPlan) -> tuple[str, ...]:
    """What names and shapes tell."""
    mlp = f"SwiGLU of {plan.hidden}" if plan.mlp == "swiglu" else str(plan.hidden)
    said = [
        f"{plan.depth} blocks {plan.width} wide with MLPs of {mlp}, from the names of the blocks and their shapes.",
        _stem(plan),
        f"{_tokens(plan)} before the patches, from the names of the tensors.",
    ]
    if plan.positions == "table":
        rows = plan.grid[0] * plan.grid[1]
        extra = f" and {plan.table_prefix} for tokens before the patches" if plan.table_prefix else ""
        said.append(
            f"Trained at {plan.grid[0] * plan.patch[0]} x {plan.grid[1] * plan.patch[1]} px, from a table of {rows} positions{extra}."
        )
    present = [
        word
        for word, there in (
            ("a learned scale after each layer (LayerScale)", plan.layer_scale),
            ("norms on queries and keys", plan.qk_norm),
            ("a norm before the blocks", plan.pre_norm),
            ("a norm on the pooled feature", plan.pool_norm),
            ("a norm of their own for the tokens before the patches", plan.separate_patch_norm),
        )
        if there
    ]
    return (*said, f"It has {' and '.join(present)}, from the names of the tensors.") if present else tuple(said)


def about_leftovers(left: Iterable[str]) -> tuple[str, ...]:
    """A warning where tensors of unknown use lie in the backbone itself."""
    inside = [name for name in left if name.startswith(("blocks.", "patch_embed.", "norm", "encoder."))]
    if not inside:
        return ()
    shown = ", ".join(inside[:3]) + (f" and {len(inside) - 3} more" if len(inside) > 3 else "")
    return (f"Tensors of the backbone are not computed with ({shown}): what it computes can differ from its own code.",)


def _stem(plan: VitPlan) -> str:
    channels = f"{plan.channels} channel" + ("s" if plan.channels != 1 else "")
    size = f"{plan.patch[0]} x {plan.patch[1]} px of {channels}"
    if plan.convolutional_stem:
        return f"Patches of {size}, from a stem of {len(plan.convolutional_stem)} convolutions of stride 2."
    return f"Patches of {size}, from the shape of the patch embedding."


def _tokens(plan: VitPlan) -> str:
    registers = f"{plan.registers} register" + ("s" if plan.registers != 1 else "")
    words = (["a class token"] if plan.class_token else []) + ([registers] if plan.registers else [])
    return (" and ".join(words) or "no token").capitalize()
