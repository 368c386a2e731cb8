"""Model: one network that was opened, whatever it came from, with everything that can be asked of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from sslviz.checkpoints.base import Loaded
from sslviz.data.base import Array
from sslviz.inspect import random_weights
from sslviz.inspect.channels import fit_channels
from sslviz.inspect.convolutional import Convolutional
from sslviz.inspect.errors import InspectError
from sslviz.inspect.layers import checked_layers
from sslviz.inspect.reconstruction import Reconstruction, draw_masking, reconstruct, require_decoder
from sslviz.nn.residual_network import ResidualNetwork
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.spec.description import Description
from sslviz.spec.inspection import Strategy

Images = Tensor | Array
"""(B, C, H, W) or (C, H, W): uint8, or floats in [0, 1]; not normalised."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What a network makes of B images. D is its width; F that of the pooled feature, which a projection may change."""

    tokens: Tensor  # (B, N, D), prefix first; of a convolutional network the places of its map, row by row
    pooled: Tensor  # (B, F), what the family uses as the image's feature
    grid: tuple[int, int]
    class_token: bool
    register_count: int

    @property
    def cls(self) -> Tensor | None:
        """The class token (B, D); None where there is none."""
        return self.tokens[:, 0] if self.class_token else None

    @property
    def registers(self) -> Tensor:
        """(B, registers, D); of no rows where there are none."""
        return self.tokens[:, int(self.class_token) : int(self.class_token) + self.register_count]

    @property
    def patches(self) -> Tensor:
        """(B, L, D), row by row."""
        return self.tokens[:, int(self.class_token) + self.register_count :]


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A network in evaluation mode. Images may have any H and W that the family takes, H != W too.

    Nothing here changes the network. Raises InspectError for images and layers that it cannot take.
    """

    loaded: Loaded

    def describe(self) -> Description:
        """What it is, how far that was read from its file, and what was assumed."""
        return self.loaded.description

    @property
    def network(self) -> nn.Module:
        """A `VisionTransformer` or a `ResidualNetwork`."""
        return self.loaded.network

    @property
    def transformer(self) -> VisionTransformer:
        """The network where it is a vision transformer. Raises InspectError for a convolutional one."""
        if not isinstance(self.network, VisionTransformer):
            raise InspectError(
                f"{self.describe().backbone} is a convolutional network and has no attention.",
                "Look at its feature map's components, at similarity or at occlusion, or open a vision transformer.",
            )
        return self.network

    @property
    def convolutional(self) -> Convolutional:
        """The network where it is a convolutional one; TypeError otherwise."""
        if not isinstance(self.network, Convolutional):
            raise TypeError(f"{type(self.network).__name__} has no feature maps")
        return self.network

    @property
    def device(self) -> torch.device:
        """Where the weights lie."""
        return next(self.network.parameters()).device

    @property
    def depth(self) -> int:
        """Blocks of a transformer, stages of a convolutional network."""
        return self.convolutional.stages if self.describe().kind == "cnn" else len(self.transformer.blocks)

    @property
    def heads(self) -> Mapping[str, nn.Module]:
        """What the file holds besides the backbone, by name ("projection", "logits"): pooled features -> outputs."""
        return self.loaded.heads

    def prepare(self, images: Images) -> Tensor:
        """What the network sees: (B, C, H, W) float32, normalised as its family does."""
        if isinstance(images, np.ndarray):
            images = torch.from_numpy(np.array(images))  # a copy: data sets are read-only maps of files
        if images.ndim == 3:
            images = images[None]
        about = self.describe()
        unit = images.float() / 255 if images.dtype == torch.uint8 else images.float()
        unit = fit_channels(unit.to(self.device), about.channels)
        self._require_size((unit.shape[2], unit.shape[3]))
        mean, std = (unit.new_tensor(values)[:, None, None] for values in (about.mean, about.std))
        return (unit - mean) / std

    def show(self, seen: Tensor) -> Tensor:
        """The inverse of `prepare`: what a network sees (B, C, H, W) -> images in [0, 1], clipped."""
        mean, std = (seen.new_tensor(values)[:, None, None] for values in (self.describe().mean, self.describe().std))
        return (seen * std + mean).clamp(0, 1)

    @torch.inference_mode()
    def features(self, images: Images, layer: int = -1, *, norm: bool = True) -> Features:
        """Features after block `layer` (of a ResNet: stage). norm: through the final norm, as the families' own code gives those
        of every layer; without it tokens are as they leave the block. `pooled` is always of the normed ones."""
        x = self.prepare(images)
        if self.describe().kind == "cnn":
            return self._map_features(x, layer)
        network, about = self.transformer, self.describe()
        (layer,) = checked_layers((layer,), self.depth)
        kept = network.run(x, layers=(layer,), final=False)
        raw = kept.tokens[layer]
        normed = network.normed(raw)
        tokens = normed if norm else raw
        return Features(tokens, network.pooled(normed), kept.grid, about.class_token, about.registers)

    def attention(self, images: Images, layer: int = -1) -> Tensor:
        """(B, heads, N, N), each row what one token attends to: softmax(q kᵀ / √d), prefix tokens first."""
        return self.rows(images, (layer,))[layer]

    @torch.inference_mode()
    def rows(
        self, images: Images, layers: Collection[int] = (-1,), queries: slice | Sequence[int] | None = None
    ) -> Mapping[int, Tensor]:
        """Of each of `layers` the attention rows of `queries` (token indices, all by default), (B, heads, queries, N): one pass."""
        network = self.transformer
        known = {layer: checked_layers((layer,), self.depth)[0] for layer in layers}
        found = network.run(self.prepare(images), attention=set(known.values()), queries=queries, final=False).attention
        return {layer: found[index] for layer, index in known.items()}

    @torch.inference_mode()
    def reconstruct(
        self, images: Images, *, mask: Tensor | None = None, ratio: float = 0.75, strategy: Strategy = "random",
        seed: int = 0, noise: Tensor | None = None, normalised: bool | None = None,
    ) -> Reconstruction:  # fmt: skip
        """What a masked autoencoder paints into hidden patches.

        mask: (h, w), (B, h, w) or (B, L) bool, True where hidden, equally many in each image. noise (B, L): the int(L·(1 - ratio))
        patches with the smallest stay visible, as in MAE's own code. Without either, `strategy` and `seed` draw it. normalised:
        whether the target is each patch by its own mean and deviation; None: as the model was trained.
        """
        require_decoder(self.loaded)
        x = self.prepare(images)
        masking = draw_masking(len(x), self.transformer.grid_of(x), mask, ratio, strategy, seed, noise)
        return reconstruct(self.loaded, x, masking, normalised)

    @torch.inference_mode()
    def encode_text(self, ids: Tensor) -> Tensor:
        """Token ids (B, T) of a CLIP text -> features (B, F), not normalised. Raises InspectError for a model without text."""
        if self.loaded.text is None:
            raise InspectError(f"{self.describe().title} knows no text.", "Open a CLIP model.")
        return cast(Tensor, self.loaded.text(ids.to(self.device)))

    def with_random_weights(self, seed: int = 0) -> Model:
        """The same network untrained: the control that every map needs."""
        return Model(random_weights.untrained(self.loaded, seed))

    def to(self, device: torch.device) -> Model:
        """This model with its weights on `device`, where they move."""
        parts = {
            name: part.to(device)
            for name in ("network", "decoder", "text", "method")
            if isinstance(part := getattr(self.loaded, name), nn.Module)
        }
        heads = {name: head.to(device) for name, head in self.loaded.heads.items()}
        return Model(dataclasses.replace(self.loaded, heads=heads, **parts))  # type: ignore[arg-type]  # modules all

    def _map_features(self, x: Tensor, layer: int) -> Features:
        network = self.convolutional
        (stage,) = checked_layers((layer,), self.depth, "stage")
        places = network.feature_map(x, stage)  # (B, D, h, w)
        plain = isinstance(network, ResidualNetwork) or stage < self.depth - 1
        pooled = places.mean((2, 3)) if plain else network.pooled(x)
        return Features(places.flatten(2).transpose(1, 2), pooled, (places.shape[2], places.shape[3]), False, 0)

    def _require_size(self, size: tuple[int, int]) -> None:
        """Raises InspectError for sides that patches do not fill."""
        for side, patch in zip(size, self.describe().patch, strict=True):
            if patch > 1 and (side % patch or side < patch):
                below = side // patch * patch
                fitting = " or ".join(str(fits) for fits in (below, below + patch) if fits >= patch)
                raise InspectError(
                    f"{self.describe().backbone} cuts pictures into patches of {patch} px, which do not fill {side} px.",
                    f"Crop, pad or resize the picture to {fitting} px.",
                    field="size",
                )
