"""Methods: a training step of SimCLR, BYOL, Barlow Twins and DINO against lightly's own heads, losses and EMA.

Both sides train copies of one encoder (a ResNet of width 16; for DINO a small ViT as well) and heads of the same sizes with the same
optimiser on the same tensors, in one process. They take turns step by step, so that a busy machine hits both; a sample is the ratio of
two neighbouring steps. lightly's side is written as its documentation has it: one pass of the network for each view.
"""

from __future__ import annotations

import copy
import dataclasses
import statistics
import time
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import torch
from figure import Figure, ratio
from torch import Tensor, nn
from torch.optim import AdamW

from sslviz.data.augment import recipe
from sslviz.methods import METHODS, Batch, Facts, Method
from sslviz.nn.devices import intra_op_threads
from sslviz.spec.config import RunConfig
from sslviz.training.prepare import build_method, facts_of

BATCH = 128
PIXELS = 32
MOST = 1.1
"""Times lightly's step that ours may take."""

ALIKE = 0.005
"""Share of the weights in which the two sides may differ: lightly's DINO head has no bias before a batch norm, the authors' has one."""

WARM_UP = 5
LATE = 1_000
"""Steps before the clock starts, and the number that they give themselves: past warm-ups and frozen layers."""

Loss = Callable[[], Tensor]
Step = Callable[[], object]


def contenders(name: str, backbone: str) -> tuple[Step, Step]:
    """Our step and lightly's, from the same weights on the same views."""
    info = METHODS[name].info
    config = RunConfig(
        method=name, backbone=backbone, augmentation=recipe(info.augmentation), batch_size=BATCH, steps=2 * LATE
    )
    facts = facts_of(config, (PIXELS, PIXELS), tuple("0123456789"))
    method = build_method(config, mean=(0.5,) * 3, std=(0.25,) * 3, facts=facts).train()
    views = make_views(config, facts)
    theirs = LIGHTLY[name](method, [view for group in views for view in group])
    counts = trained(method.parameters()), trained(theirs.weights)
    if abs(counts[0] / counts[1] - 1) > ALIKE:
        raise RuntimeError(f"{name}: {counts[0]:,} weights against {counts[1]:,} of lightly's are not the same network")
    return our_step(method, views), stepping(theirs)


def make_views(config: RunConfig, facts: Facts) -> tuple[Tensor, ...]:
    """Noise in the sizes of the recipe's views: (count, B, 3, h, w) each."""
    generator, sizes, views = torch.Generator().manual_seed(0), iter(facts.view_sizes), []
    for view in config.augmentation.views:
        (size, *_) = [next(sizes) for _ in range(view.count)]
        views.append(torch.rand(view.count, BATCH, 3, *size, generator=generator))
    return tuple(views)


def trained(weights: Iterable[nn.Parameter]) -> int:
    return sum(weight.numel() for weight in weights if weight.requires_grad)


def our_step(method: Method, views: tuple[Tensor, ...]) -> Step:
    optimiser = AdamW([w for w in method.parameters() if w.requires_grad], lr=1e-4, fused=True)
    labels, generator = torch.arange(BATCH) % 10, torch.Generator().manual_seed(0)
    batch = Batch(torch.arange(BATCH), labels, LATE, 0.5, generator)

    def step() -> None:
        loss = method.step(views, batch).loss
        optimiser.zero_grad()
        loss.backward()
        method.before_update(batch)
        optimiser.step()
        method.after_step(batch)

    return step


@dataclasses.dataclass(frozen=True)
class Theirs:
    """lightly's side: the loss of a step, the weights that it trains, and what comes before the forward pass."""

    loss: Loss
    weights: list[nn.Parameter]
    before: Step = lambda: None


def stepping(theirs: Theirs) -> Step:
    optimiser = AdamW(theirs.weights, lr=1e-4, fused=True)

    def step() -> None:
        theirs.before()
        loss = theirs.loss()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return step


def lightly_head(ours: nn.Module) -> nn.Module:
    """lightly's projection head with the layers of one of ours: batch norm and ReLU after all but the last."""
    from lightly.models.modules.heads import ProjectionHead

    *hidden, last = [module for module in ours.modules() if isinstance(module, nn.Linear)]
    blocks = [
        (layer.in_features, layer.out_features, nn.BatchNorm1d(layer.out_features), nn.ReLU()) for layer in hidden
    ]
    return ProjectionHead([*blocks, (last.in_features, last.out_features, None, None, last.bias is not None)])


def simclr(method: Method, views: list[Tensor]) -> Theirs:
    from lightly.loss import NTXentLoss

    network = nn.Sequential(copy.deepcopy(method.encoder), lightly_head(method.projector))
    criterion = NTXentLoss(temperature=method.params.tau)
    return Theirs(lambda: criterion(network(views[0]), network(views[1])), list(network.parameters()))


def barlow_twins(method: Method, views: list[Tensor]) -> Theirs:
    from lightly.loss import BarlowTwinsLoss

    network = nn.Sequential(copy.deepcopy(method.encoder), lightly_head(method.projector))
    criterion = BarlowTwinsLoss(lambda_param=method.params.lambda_)
    return Theirs(lambda: criterion(network(views[0]), network(views[1])), list(network.parameters()))


def byol(method: Method, views: list[Tensor]) -> Theirs:
    from lightly.loss import NegativeCosineSimilarity
    from lightly.models.utils import deactivate_requires_grad, update_momentum

    network = nn.Sequential(copy.deepcopy(method.encoder), lightly_head(method.projector))
    predictor, target = lightly_head(method.predictor), copy.deepcopy(network)
    deactivate_requires_grad(target)
    criterion = NegativeCosineSimilarity()

    def loss() -> Tensor:
        p0, p1 = (predictor(network(view)) for view in views)
        with torch.no_grad():
            z0, z1 = (target(view) for view in views)
        return 0.5 * (criterion(p0, z1) + criterion(p1, z0))

    weights = [*network.parameters(), *predictor.parameters()]
    return Theirs(loss, weights, lambda: update_momentum(network, target, m=0.99))


def dino(method: Method, views: list[Tensor]) -> Theirs:
    from lightly.loss import DINOLoss
    from lightly.models.modules import DINOProjectionHead
    from lightly.models.utils import deactivate_requires_grad, update_momentum

    p = method.params
    normed = any(isinstance(module, nn.BatchNorm1d) for module in method.head.modules())
    sizes = (method.encoder.num_features, p.width, p.dim, p.prototypes)
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore", FutureWarning
        )  # lightly's head uses torch's older weight norm, which cannot be copied
        heads = [DINOProjectionHead(*sizes, batch_norm=normed) for _ in range(2)]
    student, teacher = (nn.Sequential(copy.deepcopy(method.encoder), head) for head in heads)
    deactivate_requires_grad(teacher)
    criterion = DINOLoss(output_dim=p.prototypes, warmup_teacher_temp_epochs=1)

    def loss() -> Tensor:
        with torch.no_grad():
            taught = [teacher(view) for view in views[:2]]
        return criterion(taught, [student(view) for view in views])

    trained_weights = [weight for weight in student.parameters() if weight.requires_grad]
    return Theirs(loss, trained_weights, lambda: update_momentum(student, teacher, m=0.99))


LIGHTLY: dict[str, Callable[[Method, list[Tensor]], Theirs]] = {
    "simclr": simclr,
    "byol": byol,
    "barlow_twins": barlow_twins,
    "dino": dino,
}


def seconds(step: Step) -> float:
    begun = time.perf_counter()
    step()
    return time.perf_counter() - begun


def in_turns(ours: Step, theirs: Step, pairs: int) -> tuple[list[float], list[float]]:
    """Seconds of `pairs` steps of each, in turns; who begins a pair changes."""
    for _ in range(WARM_UP):
        ours()
        theirs()
    times: tuple[list[float], list[float]] = ([], [])
    for k in range(pairs):
        for side in (0, 1) if k % 2 else (1, 0):
            times[side].append(seconds((ours, theirs)[side]))
    return times


def against_lightly(name: str, backbone: str, pairs: int) -> Figure:
    ours, theirs = in_turns(*contenders(name, backbone), pairs)
    told = " and ".join(f"{1e3 * statistics.median(times):.1f} ms" for times in (ours, theirs))
    note = f"{told} a step (medians), {backbone}, batch {BATCH}, {PIXELS} px, fp32, {torch.get_num_threads()} threads"
    return ratio(
        f"step of {METHODS[name].info.title}, times lightly's", ours, theirs, target=MOST, better="lower", note=note
    )


def run(quick: bool, data: Path | None) -> list[Figure]:  # time does not depend on what the pictures show
    """One figure a method and backbone."""
    torch.set_num_threads(intra_op_threads(0))
    pairs = 10 if quick else 60
    cases = [*((name, "resnet_w16") for name in LIGHTLY), ("dino", "vit_d64")]
    return [against_lightly(name, backbone, pairs) for name, backbone in cases]
