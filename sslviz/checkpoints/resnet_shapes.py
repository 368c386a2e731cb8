"""The architecture of a ResNet from the shapes of its tensors, and the network filled with them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from torch import Tensor

from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.ledger import Ledger
from sslviz.nn.residual_network import Block, ResidualNetwork, ResNetPlan

DEPTHS: dict[tuple[bool, tuple[int, ...]], int] = {
    (False, (2, 2, 2, 2)): 18,
    (False, (3, 4, 6, 3)): 34,
    (True, (3, 4, 6, 3)): 50,
    (True, (3, 4, 23, 3)): 101,
    (True, (3, 8, 36, 3)): 152,
    (True, (3, 24, 36, 3)): 200,
}
"""(bottlenecks, blocks of each stage) -> what the papers call it."""

BACKBONE = re.compile(r"(conv1|bn1|layer\d+\.\d+\.(conv|bn|downsample)[.\d])")
"""Names of torchvision's ResNets, up to the module."""

MOST_STAGES = 9

LARGE_KERNEL = 7
"""Of the stem made for 224 px. Any smaller one is the papers' variant for 32 px: stride 1 and no pooling."""


def looks_like_resnet(tensors: Mapping[str, Tensor]) -> bool:
    """Whether most names are those of a ResNet in torchvision's layout, the stem or a block of which may be missing.

    CLIP's ResNets have a stem of three convolutions and attention in place of the mean: they are not meant.
    """
    if any(name.startswith(("conv2.", "attnpool.")) for name in tensors):
        return False
    backbone = sum(bool(BACKBONE.match(name)) for name in tensors)
    blocks = sum(name.startswith("layer") for name in tensors)
    return blocks > 0 and 2 * backbone > len(tensors)


def plan_of(ledger: Ledger, *, padding: int | None = None, stem_relu: bool = True) -> ResNetPlan:
    """Widths, blocks and groups from shapes; stride and pooling of the stem by convention.

    padding: of the stem; None: half its kernel. Raises CheckpointError for missing blocks and shapes that cannot be.
    """
    stem, channels, kernel, across = ledger.shape("conv1.weight", 4)
    if kernel != across:
        raise CheckpointError(
            f"The first convolution has a kernel of {kernel} x {across}, where a square belongs.",
            "The file is damaged, or of a family that is not known.",
        )
    large = kernel >= LARGE_KERNEL
    stages: list[tuple[Block, ...]] = []
    inputs = stem
    for number in range(1, _stages(ledger) + 1):
        stages.append(_stage(ledger, number, inputs))
        inputs = stages[-1][-1].outputs
    half = kernel // 2
    return ResNetPlan(
        channels, stem, kernel, 2 if large else 1, half if padding is None else padding, large, tuple(stages), stem_relu
    )


def filled(ledger: Ledger, plan: ResNetPlan) -> ResidualNetwork:
    """The network with the ledger's tensors, which are not copied. Raises CheckpointError naming what is missing or does not fit."""
    with torch.device("meta"):
        network = ResidualNetwork(plan)
    state = {}
    for name, expected in network.state_dict().items():
        if name.endswith("num_batches_tracked"):  # counts training steps; old files do not have it
            state[name] = torch.zeros((), dtype=torch.int64)
            ledger.mark(name)
        else:
            state[name] = ledger.take(name, *expected.shape)
    network.load_state_dict(state, assign=True)
    return network


def name_of(plan: ResNetPlan) -> str:
    """What the papers call it: "ResNet-50", "Wide ResNet-50-2", "ResNeXt-50 32x4d", "ResNet-18, width 16", with the CIFAR stem said."""
    first = plan.stages[0][0]
    bottleneck = first.bottleneck
    blocks = tuple(len(stage) for stage in plan.stages)
    depth = DEPTHS.get((bottleneck, blocks), (3 if bottleneck else 2) * sum(blocks) + 2)
    if first.groups > 1:
        name = f"ResNeXt-{depth} {first.groups}x{first.inner // first.groups}d"
    elif bottleneck and plan.stem == 64 and first.inner == 128:
        name = f"Wide ResNet-{depth}-2"
    elif plan.stem in (128, 256, 320) and first.inner == plan.stem:
        name = f"ResNet-{depth} x{plan.stem // 64}"
    else:
        name = f"ResNet-{depth}" + ("" if plan.stem == 64 else f", width {plan.stem}")
    return name + ("" if plan.max_pool else ", CIFAR stem")


def _stages(ledger: Ledger) -> int:
    """How many there are, by any tensor of each: one that is missing is an error later, not the end of the network."""
    return max((number for number in range(1, MOST_STAGES + 1) if ledger.begins(f"layer{number}.")), default=1)


def _stage(ledger: Ledger, number: int, inputs: int) -> tuple[Block, ...]:
    blocks: list[Block] = []
    for index in range(max(1, ledger.blocks(f"layer{number}."))):  # a stage without blocks is an error too
        stride = 2 if number > 1 and index == 0 else 1
        blocks.append(_block(ledger, f"layer{number}.{index}.", inputs, stride))
        inputs = blocks[-1].outputs
    return tuple(blocks)


def _block(ledger: Ledger, prefix: str, inputs: int, stride: int) -> Block:
    inner, _, kernel, _ = ledger.shape(f"{prefix}conv1.weight", 4)
    rows, columns = ledger.shape(f"{prefix}conv2.weight", 4)[:2]
    bottleneck = kernel == 1
    outputs = ledger.shape(f"{prefix}conv3.weight", 4)[0] if bottleneck else rows
    groups = inner // columns if columns and inner % columns == 0 else 1
    shortcut = stride != 1 or inputs != outputs or ledger.has(f"{prefix}downsample.0.weight")
    if groups > 1 and rows % groups:
        groups = 1
    return Block(inputs, inner, outputs, stride, groups, bottleneck, shortcut)
