"""One builder for the vision transformers of Hugging Face's transformers library: plan and tensors, checked against config.json."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass, field
from typing import Literal

from torch import Tensor

from sslviz.checkpoints.base import Assumption, Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.head_counts import USUAL, decided, divisors
from sslviz.checkpoints.hub_config import HubConfig
from sslviz.checkpoints.hub_tensors import PATCHES, Stack, find_prefix, stack_of
from sslviz.checkpoints.ledger import Ledger
from sslviz.nn.vit_plan import Mlp, Pool, VitPlan

ACTIVATIONS: dict[str, Literal["gelu", "quick_gelu"]] = {"gelu": "gelu", "quick_gelu": "quick_gelu"}
CONTROLS = ("heads", "decoder_heads")
"""What `Wishes` can say of heads."""
DISTILLATION = "distillation_token"
REGISTERS = ("register_tokens", DISTILLATION)


@dataclass(frozen=True, slots=True)
class HubVit:
    """What an architecture does that config.json need not say: defaults of its configuration class, and its way to resize positions."""

    family: str  # "DINOv2"
    eps: float
    rule: str
    heads: int = 12
    pool: Pool = "class"
    rotary: bool = False  # positions turn q and k; there is no table
    keyless: bool = False  # keys may go without bias
    activation: str = "gelu"


@dataclass(slots=True, eq=False)
class Findings:
    """What is told to the user about how a model was read."""

    inferred: list[str] = field(default_factory=list)
    assumed: list[Assumption] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class HubNetwork:
    """A plan, the tensors of its network by their canonical names, and where in the file they came from."""

    plan: VitPlan
    state: dict[str, Tensor]
    prefix: str
    ledger: Ledger
    config: HubConfig
    findings: Findings


def read_vit(part: Part, wishes: Wishes, kind: HubVit, config: HubConfig | None = None) -> HubNetwork:
    """The vision transformer of a part. config: its own, where that is a part of the folder's.

    Raises CheckpointError where tensors are missing or config.json disagrees with them.
    """
    ledger, findings = Ledger(part.tensors), Findings()
    config = HubConfig(part.archive.config) if config is None else config
    prefix = find_prefix(part.tensors, [f"{name}.weight" for name in PATCHES])
    if prefix is None:
        raise CheckpointError(
            "There is no patch embedding among the tensors.", "Choose a file of a vision transformer."
        )
    state = _patches(ledger, prefix)
    width, channels, height, side = state["patch_embed.proj.weight"].shape
    config.agree("hidden_size", width, "the patch embedding")
    config.agree("num_channels", channels, "the patch embedding")
    config.agree("patch_size", (height, side), "the patch embedding")
    inside, depth = stack_of(ledger, part.tensors, prefix)
    stack = Stack(ledger, inside, depth, width, keyless=kind.keyless)
    _require_agreement(config, stack)
    plan = VitPlan(
        width=width, depth=depth, hidden=stack.hidden, channels=channels, patch=(height, side),
        heads=choose_heads(width, config, "num_attention_heads", kind.heads, wishes.heads, findings, family=kind.family),
        positions="rope" if kind.rotary else "table", rule=kind.rule, pool=kind.pool, table_prefix=0,
        mlp=_mlp(config, kind, stack), eps=config.number("layer_norm_eps") or kind.eps,
        qkv_bias=stack.qkv_bias, projection_bias=stack.projection_bias, mlp_bias=stack.mlp_bias,
        layer_scale=stack.scaled, patch_bias="patch_embed.proj.bias" in state,
    )  # fmt: skip
    state |= _tokens(ledger, prefix, width, required=kind.pool == "class")
    registers = state["register_tokens"].shape[1] if "register_tokens" in state else 0
    _require_registers(config, registers)
    plan = dataclasses.replace(plan, class_token="cls_token" in state, registers=registers)
    if not kind.rotary:
        plan = _with_table(plan, ledger, prefix, config, state)
    return HubNetwork(plan, state | stack.tensors(), prefix, ledger, config, findings)


def _mlp(config: HubConfig, kind: HubVit, stack: Stack) -> Mlp:
    """The MLP's kind. Raises CheckpointError for an activation that is not known."""
    told = config.text("hidden_act")
    if stack.gated and (not stack.gates_apart or told in {None, "silu", "swish"}):
        return "swiglu"  # where gate and value are one matrix, the gate's activation is SiLU whatever hidden_act says
    return activation_of(told or kind.activation, gated=stack.gated)


def _require_agreement(config: HubConfig, stack: Stack) -> None:
    config.agree("num_hidden_layers", stack.depth, "the blocks")
    if not stack.gated or stack.gates_apart:  # DINOv2's gated MLPs are narrower than it says
        config.agree("intermediate_size", stack.hidden, "the MLPs")


BARE_PATCHES = "embeddings.patch_embedding"
"""What CLIP calls its patch convolution, the only one without a bias."""


def _patches(ledger: Ledger, prefix: str) -> dict[str, Tensor]:
    name = next(name for name in PATCHES if ledger.has(f"{prefix}{name}.weight"))
    weight = ledger.take(f"{prefix}{name}.weight", -1, -1, -1, -1)
    state = {"patch_embed.proj.weight": weight}
    if name != BARE_PATCHES or ledger.has(f"{prefix}{name}.bias"):
        state["patch_embed.proj.bias"] = ledger.take(f"{prefix}{name}.bias", weight.shape[0])
    return state


def _require_registers(config: HubConfig, found: int) -> None:
    told = config.token("num_register_tokens")
    if told is not None and told != found:
        raise CheckpointError(
            f"config.json says that num_register_tokens is {told}, and the file holds {found}.",
            "Put the config.json beside these weights that they came with.",
        )


def _tokens(ledger: Ledger, prefix: str, width: int, *, required: bool) -> dict[str, Tensor]:
    """Class token and registers; DeiT's distillation token stands where a register would. Mask tokens are for training."""
    inside = f"{prefix}embeddings."
    found: dict[str, Tensor] = {}
    if ledger.has(f"{inside}class_embedding"):  # CLIP
        found["cls_token"] = ledger.take(f"{inside}class_embedding", width)[None, None]
    for name, there in (("cls_token", "cls_token"), *(("register_tokens", word) for word in REGISTERS)):
        if ledger.has(inside + there):
            found[name] = ledger.take(inside + there, 1, -1, width)
    if required and "cls_token" not in found:
        ledger.take(f"{inside}cls_token", 1, 1, width)  # says that it is missing
    ledger.ignore(f"{inside}mask_token")
    return {name: token for name, token in found.items() if token.shape[1]}


def _with_table(plan: VitPlan, ledger: Ledger, prefix: str, config: HubConfig, state: dict[str, Tensor]) -> VitPlan:
    """The plan with the grid of its table of positions, which is put into the state."""
    inside = f"{prefix}embeddings."
    if ledger.has(f"{inside}position_embedding.weight"):  # CLIP
        name = f"{inside}position_embedding.weight"
        state["pos_embed"] = ledger.take(name, -1, plan.width)[None]
    else:
        name = f"{inside}position_embeddings"
        state["pos_embed"] = ledger.take(name, 1, -1, plan.width)
    before = int(plan.class_token) + int(ledger.has(f"{inside}{DISTILLATION}"))
    grid = grid_of(state["pos_embed"].shape[1] - before, config, plan.patch, name)
    return dataclasses.replace(plan, grid=grid, table_prefix=before)


def grid_of(rows: int, config: HubConfig, patch: tuple[int, int], name: str) -> tuple[int, int]:
    """(rows, columns) of a table of positions: as config.json has it, a square otherwise. Raises CheckpointError."""
    told = config.pair("image_size")
    if told is not None:
        grid = (told[0] // patch[0], told[1] // patch[1])
        if grid[0] * grid[1] == rows:
            return grid
        raise CheckpointError(
            f"config.json says that image_size is {told[0]} x {told[1]}, which makes {grid[0] * grid[1]} patches,"
            f" and {name} has {rows}.",
            "Put the config.json beside these weights that they came with.",
        )
    side = math.isqrt(max(rows, 0))
    if side * side != rows or not rows:
        raise CheckpointError(
            f"{name} has {rows} rows for patches, which is no square.", "Put the model's config.json beside it."
        )
    return side, side


def choose_heads(
    width: int, config: HubConfig, name: str, default: int, wish: int, findings: Findings, *,
    family: str, control: str = "heads", per_head: int = 64,
) -> int:  # fmt: skip
    """Attention heads: as the user wishes, as config.json has it under `name`, as its class has it, or as usual in `family`.

    control: by which name a user may choose; others than "heads" and "decoder_heads" are shown without a choice.
    Raises CheckpointError for a number that does not divide the width.
    """
    told, words = config.whole(name), control.replace("_", " ")
    if told and width % told:
        raise CheckpointError(
            f"config.json says that {name} is {told}, and so many heads do not divide a width of {width}.",
            "Put the config.json beside these weights that they came with.",
        )
    if told and wish in {0, told}:
        findings.inferred.append(f"{told} {words}, from config.json.")
        return told
    if config and not wish and width % default == 0:
        heads, why = default, f"{default} {words}: config.json does not say, and this is its class's default."
        assumption = Assumption(control, str(heads), why, tuple(map(str, divisors(width))))
    else:
        heads, assumption = decided(width, wish, family, USUAL, per_head=per_head, name=control)
        if told:
            assumption = dataclasses.replace(assumption, why=f"{heads} {words}: as you asked; config.json says {told}.")
    if control not in CONTROLS:
        assumption = dataclasses.replace(assumption, name="", choices=())
    findings.assumed.append(assumption)
    return heads


def activation_of(told: str, *, gated: bool = False) -> Literal["gelu", "quick_gelu"]:
    """The activation of an MLP that is not gated. Raises CheckpointError for one that is not known."""
    if gated or told not in ACTIVATIONS:
        known = ("silu",) if gated else tuple(ACTIVATIONS)
        raise CheckpointError(
            f"config.json says that hidden_act is {told!r}, and such an MLP is not known here.",
            f"Known: {', '.join(known)}.",
        )
    return ACTIVATIONS[told]
