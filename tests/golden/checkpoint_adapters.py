"""From a fixture's checkpoint to what we compute of it: one adapter a tensor of its reference, found by the tensor's name.

A name is [network_]what[_size]: "teacher_attn_last_rect" is the attention of the teacher's last block for the picture that is not
square. Names that nothing here knows are an error, so that no entry is held to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from torch import Tensor

from sslviz.checkpoints.base import Wishes
from sslviz.checkpoints.opening import load, read_part
from sslviz.inspect.model import Features, Model
from sslviz.inspect.reconstruction import Reconstruction
from sslviz.nn.clip_text import TextTower
from sslviz.nn.masked_decoder import MaskedDecoder
from sslviz.nn.masking import kept_count, mask_by
from sslviz.nn.patch_grid import patchify
from sslviz.nn.position_tables import RULES
from sslviz.nn.residual_network import ResidualNetwork
from tests.golden.checkpoint_cases import Fixture

INPUTS = re.compile(r"(image_u8(_big|_rect)?|noise|input_ids)$")
"""Tensors of a reference that are given, not expected."""

NETWORKS = ("teacher_", "student_", "momentum_", "encoder_k_", "target_", "online_", "ema_")
SIZES = ("_big", "_rect")
MASK_RATIO = 0.75
"""Of every masked fixture."""

OUT = {
    "MoCo v1": "projection",
    "MoCo v2": "projection",
    "MoCo v3": "projection",
    "SwAV": "projection",
    "SimCLR (UvA tutorial 17)": "projection",
    "torchvision": "logits",
}
"""What a family's own module gives where it holds more than the backbone: its `fc`, or its projection."""


@dataclass(frozen=True)
class Name:
    """A tensor's name in its parts."""

    network: str  # "teacher", "" for the usual one
    what: str
    size: str  # "_rect"; "" for the size of training

    @classmethod
    def of(cls, name: str) -> Name:
        size = next((size for size in SIZES if name.endswith(size)), "")
        network = next((prefix for prefix in NETWORKS if name.startswith(prefix)), "")
        return cls(network.removesuffix("_"), name.removeprefix(network).removesuffix(size), size)


@dataclass(frozen=True)
class Probe:
    """One network of a fixture and the pictures of one size."""

    fixture: Fixture
    model: Model
    given: Mapping[str, Tensor]
    size: str

    @cached_property
    def images(self) -> Tensor:  # (B, 3, H, W) uint8
        return self.given[f"image_u8{self.size}"].permute(0, 3, 1, 2)

    @cached_property
    def seen(self) -> Tensor:
        """What the network gets: (B, 3, H, W), normalised."""
        return self.model.prepare(self.images)

    @cached_property
    def features(self) -> Features:
        return self.model.features(self.images)

    @cached_property
    def raw(self) -> Features:
        """Before the final norm."""
        return self.model.features(self.images, norm=False)

    @property
    def cls(self) -> Tensor:
        found = self.features.cls
        assert found is not None, "this network has no class token"
        return found

    def map(self, layer: int = -1) -> Tensor:
        """(B, D, h, w)"""
        if isinstance(self.model.network, ResidualNetwork):
            return self.model.network.feature_map(self.seen, layer)
        tokens = self.model.features(self.images, layer)
        return tokens.patches.transpose(1, 2).unflatten(2, tokens.grid)

    def head(self, name: str) -> Tensor:
        return self.model.heads[name](self.features.pooled)

    # --- masked autoencoders

    @cached_property
    def rebuilt(self) -> Reconstruction:
        """The prediction is taken for pixels, as the fixtures' pictures take it."""
        return self.model.reconstruct(self.images, ratio=MASK_RATIO, noise=self.given["noise"], normalised=False)

    @cached_property
    def visible(self) -> tuple[Tensor, list[Tensor]]:
        """Tokens after the encoder when it sees the kept patches only, and each block's attention."""
        noise = self.given["noise"]
        kept = mask_by(noise, kept_count(noise.shape[1], MASK_RATIO)).kept
        layers = range(self.model.depth)
        run = self.model.transformer.run(self.seen, attention=layers, keep=kept)
        return run.final, [run.attention[layer] for layer in layers]

    @cached_property
    def decoded(self) -> list[Tensor]:
        """Attention of each block of the decoder."""
        decoder = self.model.loaded.decoder
        assert isinstance(decoder, MaskedDecoder)
        layers = range(len(decoder.blocks))
        attention = decoder.run(self.visible[0], self.rebuilt.restore, attention=layers).attention
        return [attention[layer] for layer in layers]

    # --- texts

    @property
    def tower(self) -> TextTower:
        assert isinstance(self.model.loaded.text, TextTower)
        return self.model.loaded.text

    @cached_property
    def texts(self) -> Tensor:
        return self.model.encode_text(self.given["input_ids"])


Adapter = Callable[[Probe], Tensor]


def _logits_per_image(p: Probe) -> Tensor:
    return p.tower.logits(p.features.pooled, p.texts)


def _resized_table(p: Probe) -> Tensor:
    """(1, N, D) as it is added to the tokens."""
    network = p.model.transformer
    table, rows = network.pos_embed, network.plan.table_prefix
    assert table is not None
    patches = RULES[network.plan.rule](table[0, rows:], network.plan.grid, network.grid_of(p.seen))
    return torch.cat([table[0, :rows], patches])[None]


def _rotation(index: int) -> Adapter:
    def adapter(p: Probe) -> Tensor:
        found = p.model.transformer.rotation(p.model.transformer.grid_of(p.seen))
        assert found is not None
        return found[index]

    return adapter


def _out(p: Probe) -> Tensor:
    """What the family's own module gives for a picture; a recipe keeps its first 64 numbers."""
    name = OUT.get(p.model.describe().family, "")
    whole = p.head(name) if name in p.model.heads else p.features.pooled
    return whole[:, :64] if p.fixture.entry.get("is_recipe") else whole


def _tokens(p: Probe) -> Tensor:
    return p.features.tokens


def _pooler(p: Probe) -> Tensor:
    """Hugging Face's: a dense layer where there is one, else the class token after the norm."""
    return p.model.heads["pooler"](p.cls) if "pooler" in p.model.heads else p.features.pooled


def _cls(p: Probe) -> Tensor:
    """The class token; what a family pools where its own code has no other name for it."""
    return p.cls if p.model.describe().class_token else p.features.pooled


def _vision_pooler(p: Probe) -> Tensor:
    """CLIP's class token after the norm; versions of the library that project it have a fixture of that width."""
    (_, width), _ = p.fixture.entry["tensors"][f"vision_pooler_output{p.size}"]
    return p.features.pooled if width == p.model.transformer.num_features else p.cls


def _nhwc(picture: Callable[[Reconstruction], Tensor]) -> Adapter:
    return lambda p: picture(p.rebuilt).permute(0, 2, 3, 1)


ADAPTERS: dict[str, Adapter] = {
    # attention
    "attn_last": lambda p: p.model.attention(p.images),
    "attn_last_cls_row": lambda p: p.model.rows(p.images, (-1,), [0])[-1][:, :, 0],
    # tokens
    "cls": _cls,
    "patch": lambda p: p.features.patches,
    "patch_mean": lambda p: p.features.patches.mean(1),
    "patch_first8": lambda p: p.features.patches[:, :8],
    "reg": lambda p: p.features.registers,
    "prenorm": lambda p: p.raw.tokens,
    "patchmap_last": lambda p: p.map(),
    "features": _tokens,
    "tokens": _tokens,
    "last_hidden_state": _tokens,
    "latent_all_visible": _tokens,
    "hidden_state_0": lambda p: p.model.transformer.embed(p.seen),
    "vision_last_hidden_state": lambda p: p.raw.tokens,
    "pos_embed": _resized_table,
    "rope_sin": _rotation(0),
    "rope_cos": _rotation(1),
    # pooled features and heads
    "pooled": lambda p: p.features.pooled,
    "pooler_output": _pooler,
    "vision_pooler_output": _vision_pooler,
    "logits": lambda p: p.head("logits"),
    "out": _out,
    "projection": lambda p: p.head("projection"),
    "projector_out": lambda p: p.head("projection"),
    "head_logits": lambda p: p.head("projection"),
    "predictor_out": lambda p: p.head("prediction"),
    "q_normalised": lambda p: F.normalize(p.head("projection"), dim=1),
    "prototype_scores": lambda p: p.head("prototypes"),
    # feature maps
    "layer4": lambda p: p.map(),
    "layer1_channel_mean": lambda p: p.map(0).mean((2, 3)),
    # CLIP
    "image_features": lambda p: p.features.pooled,
    "text_features": lambda p: p.texts,
    "image_embeds": lambda p: F.normalize(p.features.pooled, dim=1),
    "text_embeds": lambda p: F.normalize(p.texts, dim=1),
    "logits_per_image": _logits_per_image,
    "logits_per_text": lambda p: _logits_per_image(p).T,
    # masked autoencoders
    "pred": lambda p: p.rebuilt.prediction,
    "mask": lambda p: p.rebuilt.hidden,
    "ids_restore": lambda p: p.rebuilt.restore,
    "loss_pix": lambda p: p.rebuilt.loss_pix.reshape(1),
    "loss_normpix": lambda p: p.rebuilt.loss_normpix.reshape(1),
    "latent_visible": lambda p: p.visible[0],
    "patchified_input": lambda p: patchify(p.seen, p.model.transformer.plan.patch),
    "recon_nchw": lambda p: p.rebuilt.recon,
    "masked_nchw": lambda p: p.rebuilt.masked,
    "pasted_nchw": lambda p: p.rebuilt.pasted,
    "recon_nhwc": _nhwc(lambda rebuilt: rebuilt.recon),
    "masked_nhwc": _nhwc(lambda rebuilt: rebuilt.masked),
    "pasted_nhwc": _nhwc(lambda rebuilt: rebuilt.pasted),
}

NUMBERED: dict[str, Callable[[Probe, int], Tensor]] = {
    r"attn_layer(\d+)": lambda p, i: p.model.attention(p.images, i),
    r"attn_(\d+)": lambda p, i: [*p.visible[1], *p.decoded][i],
    r"enc_attn_layer(\d+)": lambda p, i: p.visible[1][i],
    r"dec_attn_layer(\d+)": lambda p, i: p.decoded[i],
    r"intermediate_normed_layer(\d+)": lambda p, i: p.model.features(p.images, i).tokens,
    r"hidden_state_(\d+)": lambda p, i: p.model.features(p.images, i - 1, norm=False).tokens,
    r"layer(\d+)": lambda p, i: p.map(i - 1),
    r"layer(\d+)_channel_mean": lambda p, i: p.map(i - 1).mean((2, 3)),
}
"""The same for names with a number, which the adapter gets."""


def adapter_of(fixture: Fixture, what: str) -> Adapter:
    """How `what` is computed. Raises AssertionError for a name that nothing here knows."""
    if what in ADAPTERS:
        return ADAPTERS[what]
    for pattern, numbered in NUMBERED.items():
        if match := re.fullmatch(pattern, what):
            number = int(match[1])
            return lambda p: numbered(p, number)
    raise AssertionError(f"no adapter for {what} of {fixture.name}")


# --- a fixture, opened and computed -----------------------------------------------------------------------------------


def wishes(config: Mapping[str, Any]) -> Wishes:
    """The numbers of heads that the manifest gives, because no tensor tells them."""
    heads = config.get("heads") or config.get("num_heads") or config.get("vision_heads") or 0
    decoder = config.get("dheads") or config.get("decoder_heads") or config.get("decoder_num_heads") or 0
    return Wishes(heads=int(heads), decoder_heads=int(decoder))


def computed(fixture: Fixture, scratch: Path) -> dict[str, Tensor]:
    """What we make of every expected tensor of a fixture, by its name."""
    reference = fixture.reference()
    given = {name: tensor for name, tensor in reference.items() if INPUTS.match(name)}
    expected = [name for name in reference if name not in given]
    adapters = {name: adapter_of(fixture, Name.of(name).what) for name in expected}
    source = fixture.source(scratch)
    models: dict[str, Model] = {}
    probes: dict[tuple[str, str], Probe] = {}
    found = {}
    with torch.inference_mode():
        for name, adapter in adapters.items():
            parts = Name.of(name)
            if parts.network not in models:
                wanted = Wishes() if source.is_dir() else wishes(fixture.entry["config"])
                models[parts.network] = Model(load(read_part(source, parts.network), wanted))
            key = parts.network, parts.size
            probe = probes.setdefault(key, Probe(fixture, models[parts.network], given, parts.size))
            found[name] = adapter(probe)
    return found


# --- comparing --------------------------------------------------------------------------------------------------------

RELATIVE = re.compile(r"\|a-b\| <= ([0-9.e+-]+) \* max\|reference tensor\| \(\+([0-9.e+-]+)\)")


def allowed(fixture: Fixture, name: str, reference: Tensor) -> float:
    """The manifest's tolerance for one tensor; 0 for whole numbers."""
    if not reference.is_floating_point():
        return 0.0
    told = fixture.entry["suggested_tolerance"]
    if "attn" in name and told["attention_atol"] is not None:
        return float(told["attention_atol"])
    match = RELATIVE.fullmatch(told["other"])
    assert match, f"the tolerance {told['other']!r} of {fixture.name} is not understood"
    return float(match[1]) * float(reference.abs().max()) + float(match[2])


def compare(fixture: Fixture, name: str, got: Tensor, reference: Tensor) -> None:
    """Raises AssertionError where they differ. A reference of one image holds the first one only."""
    got = got[: len(reference)]
    assert got.shape == reference.shape, f"{fixture.name}/{name}: {tuple(got.shape)}, not {tuple(reference.shape)}"
    worst = float((got.double() - reference.double()).abs().max())
    limit = allowed(fixture, name, reference)
    assert worst <= limit, f"{fixture.name}/{name} differs by {worst:.2e}, allowed are {limit:.2e}"


def perturbed(fixture: Fixture, name: str, reference: Tensor) -> Tensor:
    """The reference with one number wrong: by three times what is allowed, or by one where it is whole."""
    wrong = reference.clone()
    place = reference.abs().argmax()
    step = 3 * allowed(fixture, name, reference) if reference.is_floating_point() else 1
    wrong.view(-1)[place] += step
    return wrong
