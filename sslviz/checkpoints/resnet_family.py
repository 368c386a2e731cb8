"""What every family of ResNets has in common: shapes to a network, heads, and what to say of both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from torch import Tensor, nn

from sslviz.checkpoints.base import Family, Loaded, Part, Wishes
from sslviz.checkpoints.ledger import Ledger
from sslviz.checkpoints.normalisation import IMAGENET, Normalisation
from sslviz.checkpoints.resnet_shapes import filled, name_of, plan_of
from sslviz.nn.residual_network import ResidualNetwork, ResNetPlan
from sslviz.spec.description import Assumption, Description

Heads = dict[str, nn.Module]


class ResNetFamily(Family):
    """A family whose backbone is a ResNet. A subclass says how its names differ, its padding, its pixels and its heads."""

    normalisation: ClassVar[Normalisation] = IMAGENET
    small_padding: ClassVar[int] = 1
    """Of a 3x3 stem: 1 in most repositories."""

    def named(self, part: Part) -> str:
        """The family as the user reads it; a version may show in the names of the tensors."""
        return self.title

    def spelt(self, part: Part) -> Mapping[str, str]:
        """torchvision's name of each tensor by its name in the file; here they are the same."""
        return {name: name for name in part.tensors}

    def stem_relu(self, part: Part) -> bool:
        """Whether the stem's batch norm is followed by a ReLU."""
        return True

    def heads(self, ledger: Ledger, names: tuple[str, ...], width: int) -> Heads:
        """What lies on the pooled features, of `width` numbers; takes its tensors from the ledger. names: of all tensors."""
        return {}

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        """The network, its heads and what is known of both. Raises CheckpointError for missing tensors and wrong shapes."""
        spelt = self.spelt(part)
        file_names = {canonical: name for name, canonical in spelt.items()}
        ledger = Ledger({spelt[name]: tensor for name, tensor in part.tensors.items()})
        kernel = ledger.shape("conv1.weight", 4)[2]
        plan = plan_of(ledger, padding=self.small_padding if kernel == 3 else None, stem_relu=self.stem_relu(part))
        network = filled(ledger, plan)
        heads = self.heads(ledger, tuple(spelt.values()), plan.width)
        unused = tuple(file_names[name] for name in ledger.unused if not name.endswith("num_batches_tracked"))
        return Loaded(network, self._described(part, wishes, network, heads, unused), heads=heads)

    def _described(
        self, part: Part, wishes: Wishes, network: ResidualNetwork, heads: Heads, unused: tuple[str, ...]
    ) -> Description:
        plan = network.plan
        pixels, title = self.normalisation.of(plan.channels), self.named(part)
        size = wishes.image_size or (224 if plan.max_pool else 32)
        return Description(
            source=str(part.archive.path),
            family=title,
            network=part.name,
            networks=part.networks,
            kind="cnn",
            backbone=name_of(plan),
            parameters=sum(parameter.numel() for parameter in network.parameters()),
            depth=network.stages,
            width=plan.width,
            heads=0,
            patch=(0, 0),
            image_size=(size, size),
            channels=plan.channels,
            class_token=False,
            registers=0,
            positions="",
            mean=pixels.mean,
            std=pixels.std,
            precision="",
            abilities=("classify",) if "logits" in heads else (),
            matched=0.0,
            inferred=inferred(plan),
            assumed=(*assumed(plan, title), pixels.assumed(f"as in the code of {title}; no tensor tells")),
            unused=unused,
            notes=notes(unused),
        )


def inferred(plan: ResNetPlan) -> tuple[str, ...]:
    """What names and shapes tell of a ResNet, in sentences."""
    kind = "bottlenecks" if plan.stages[0][0].bottleneck else "basic blocks"
    counts = ", ".join(str(len(stage)) for stage in plan.stages)
    widths = ", ".join(str(stage[-1].outputs) for stage in plan.stages)
    groups = plan.stages[0][0].groups
    said = [
        f"Stages of {counts} {kind}, from the names of the tensors.",
        f"{plan.stem} channels in the stem and {widths} in the stages, from shapes.",
    ]
    if groups > 1:
        said.append(f"Convolutions in {groups} groups, from the columns of the 3 x 3 kernels.")
    return tuple(said)


def assumed(plan: ResNetPlan, title: str) -> tuple[Assumption, ...]:
    """What no tensor of a ResNet tells."""
    if plan.max_pool:
        stem = Assumption("", "stride 2, then max-pooling", f"a stem of {plan.kernel} x {plan.kernel}, as for 224 px")
    else:
        stem = Assumption("", "stride 1, no pooling", f"a stem of {plan.kernel} x {plan.kernel}, as for 32 px")
    said = [stem, Assumption("", f"{plan.padding} px of padding around the image", f"as in the code of {title}")]
    if plan.stages[0][0].bottleneck:
        said.append(Assumption("", "stride on the 3 x 3 convolution of a bottleneck", "as in torchvision since 2017"))
    return tuple(said)


def notes(unused: tuple[str, ...]) -> tuple[str, ...]:
    """A warning where tensors that look like the backbone's own have no part in what is computed."""
    inside = [name for name in unused if "layer" in name.split(".")[0] and not name.endswith("num_batches_tracked")]
    if not inside:
        return ()
    shown = ", ".join(inside[:3]) + (" ..." if len(inside) > 3 else "")
    return (f"Tensors inside the blocks are not computed with ({shown}): the features can differ from the original's.",)


def sized(tensors: Mapping[str, Tensor], name: str) -> tuple[int, ...]:
    """The shape of a tensor; () where there is none."""
    return tuple(tensors[name].shape) if name in tensors else ()
