"""Opening: the surest family wins and says so, weights are checked and never copied without need, refusals say what was found."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from torch import Tensor

from sslviz.checkpoints.base import FAMILIES, Family, Loaded, Match, Part, Wishes
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, matched, precision_of, read_part
from sslviz.spec.errors import Cancelled

WIDTH, PATCH = 32, 8


def vit(depth: int = 2) -> dict[str, Tensor]:
    """A small vision transformer in the layout that DINO, MAE and timm share."""
    generator = torch.Generator().manual_seed(0)
    shapes: dict[str, tuple[int, ...]] = {
        "cls_token": (1, 1, WIDTH),
        "pos_embed": (1, 17, WIDTH),
        "patch_embed.proj.weight": (WIDTH, 3, PATCH, PATCH),
        "patch_embed.proj.bias": (WIDTH,),
        "norm.weight": (WIDTH,),
        "norm.bias": (WIDTH,),
    }
    for i in range(depth):
        for name, rows, columns in (("attn.qkv", 3, 1), ("attn.proj", 1, 1), ("mlp.fc1", 4, 1), ("mlp.fc2", 1, 4)):
            shapes[f"blocks.{i}.{name}.weight"] = (rows * WIDTH, columns * WIDTH)
            shapes[f"blocks.{i}.{name}.bias"] = (rows * WIDTH,)
        for norm in ("norm1", "norm2"):
            shapes |= {f"blocks.{i}.{norm}.{what}": (WIDTH,) for what in ("weight", "bias")}
    return {name: torch.randn(shape, generator=generator) * 0.3 for name, shape in shapes.items()}


def saved(tmp_path: Path, tree: object, name: str = "model.pth") -> Path:
    path = tmp_path / name
    torch.save(tree, path)
    return path


def test_what_is_known_of_the_file(tmp_path: Path) -> None:
    path = saved(tmp_path, {"teacher": vit(), "student": vit()}, "dino.pth")
    loaded = load(read_part(path, "student"), Wishes(heads=4))
    about = loaded.description
    assert about.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert about.bytes == path.stat().st_size
    assert (about.network, about.networks) == ("student", ("teacher", "student"))
    assert (about.precision, about.matched, about.unused, about.heads) == ("float32", 100.0, (), 4)
    assert about.format
    assert about.source == str(path)


def test_networks_are_ready(tmp_path: Path) -> None:
    network = load(read_part(saved(tmp_path, vit()))).network
    assert not network.training
    assert all(not parameter.requires_grad and parameter.dtype == torch.float32 for parameter in network.parameters())
    assert all(not tensor.is_meta for tensor in network.state_dict().values())


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_are_converted(tmp_path: Path, dtype: torch.dtype) -> None:
    state = {name: tensor.to(dtype) for name, tensor in vit().items()}
    loaded = load(read_part(saved(tmp_path, state)))
    exact = load(read_part(saved(tmp_path, {name: tensor.float() for name, tensor in state.items()}, "exact.pth")))
    assert loaded.description.precision == str(dtype).removeprefix("torch.")
    images = torch.randn(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.equal(loaded.network(images), exact.network(images))


def test_mixed_precision_is_told() -> None:
    tensors = {"a": torch.zeros(10, dtype=torch.float16), "b": torch.zeros(2), "steps": torch.tensor(3)}
    assert precision_of(tensors) == "float16 and float32"


def test_percentage_counts_parameters_and_no_bookkeeping() -> None:
    tensors = {
        "a": torch.zeros(30),
        "b": torch.zeros(10),
        "queue": torch.zeros(1000),
        "bn.num_batches_tracked": torch.tensor(1),
    }
    assert matched(tensors, ("b", "queue")) == 75.0
    assert matched(tensors, ()) == 100.0
    assert matched({}, ()) == 0.0


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    state = vit()
    state["blocks.1.mlp.fc1.weight"][3, 5] = torch.nan
    with pytest.raises(CheckpointError, match=r"blocks\.1\.mlp\.fc1\.weight"):
        load(read_part(saved(tmp_path, state)))


def test_quantised_weights_are_refused(tmp_path: Path) -> None:
    state = vit() | {"blocks.0.attn.qkv.weight": torch.zeros(3 * WIDTH, WIDTH, dtype=torch.int8)}
    with pytest.raises(CheckpointError, match=r"quantised .*blocks\.0\.attn\.qkv\.weight"):
        load(read_part(saved(tmp_path, state)))


def test_empty_tensors_are_refused(tmp_path: Path) -> None:
    state = vit() | {"blocks.0.attn.qkv.weight": torch.zeros(0, WIDTH)}
    with pytest.raises(CheckpointError, match="is empty"):
        load(read_part(saved(tmp_path, state)))


STRANGERS = {
    "lstm": ({"weight_ih_l0": torch.zeros(8, 4), "weight_hh_l0": torch.zeros(8, 2)}, "recurrent network"),
    "gpt": (
        {"transformer.wte.weight": torch.zeros(9, 4), "transformer.h.0.attn.c_attn.weight": torch.zeros(4, 12)},
        "GPT",
    ),
    "llama": ({"embed_tokens.weight": torch.zeros(9, 4), "lm_head.weight": torch.zeros(9, 4)}, "language model"),
    "unknown": (
        {"alpha.weight": torch.zeros(3, 3), "beta.weight": torch.zeros(3)},
        r"alpha\.weight, beta\.weight. 0 %",
    ),
}


@pytest.mark.parametrize(("state", "said"), STRANGERS.values(), ids=list(STRANGERS))
def test_other_networks_are_named(tmp_path: Path, state: dict[str, Tensor], said: str) -> None:
    with pytest.raises(CheckpointError, match=said) as caught:
        load(read_part(saved(tmp_path, state)))
    assert caught.value.hint


class Sure(Family):
    """A family that is as sure as it is told, and makes what another one makes."""

    title = "Sure"
    source = "nowhere"

    def __init__(self, sureness: int, error: Exception | None = None) -> None:
        self.sureness, self.error = sureness, error

    def recognise(self, part: Part) -> Match | None:
        return Match(self.sureness, "it was told so")

    def load(self, part: Part, wishes: Wishes) -> Loaded:
        if self.error is not None:
            raise self.error
        return FAMILIES["dino"].load(part, wishes)


def with_families(monkeypatch: pytest.MonkeyPatch, **more: Family) -> None:
    things = {name: FAMILIES[name] for name in FAMILIES} | more
    monkeypatch.setattr(FAMILIES, "_things", things)


def test_the_surest_family_wins_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_families(monkeypatch, sure=Sure(100, CheckpointError("Sure was asked.", "Good.")))
    with pytest.raises(CheckpointError, match="Sure was asked"):
        load(read_part(saved(tmp_path, vit())))
    with_families(monkeypatch, sure=Sure(0, CheckpointError("Sure was asked.", "Good.")))
    assert (
        load(read_part(saved(tmp_path, vit())))
        .description.inferred[0]
        .startswith(load(read_part(saved(tmp_path, vit()))).description.family)
    )


def test_ties_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_families(monkeypatch, sure=Sure(100), twin=type("Twin", (Sure,), {"title": "Twin"})(100))
    assert any(
        "Twin would fit as well as" in note for note in load(read_part(saved(tmp_path, vit()))).description.notes
    )


def test_contradictions_in_the_file_are_no_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_families(monkeypatch, sure=Sure(100, RuntimeError("sizes must match")))
    with pytest.raises(CheckpointError, match=r"do not fit together as Sure \(RuntimeError: sizes must match\)"):
        load(read_part(saved(tmp_path, vit())))


def test_progress_and_cancelling(tmp_path: Path) -> None:
    part = read_part(saved(tmp_path, vit()))
    shares: list[float] = []
    load(part, progress=shares.append)
    assert shares
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    with pytest.raises(Cancelled):
        load(part, cancelled=lambda: True)


def test_who_wrote_the_wrappers_is_told(tmp_path: Path) -> None:
    state = {f"backbone.{name}": tensor for name, tensor in vit().items()} | {
        "classifier.weight": torch.zeros(5, WIDTH),
        "classifier.bias": torch.zeros(5),
    }
    loaded = load(read_part(saved(tmp_path, {"state_dict": state})))
    assert loaded.description.kind == "vit"
    assert any("solo-learn" in note for note in loaded.description.notes)
    assert loaded.heads["logits"](torch.ones(2, WIDTH)).shape == (2, 5)
    assert (loaded.description.unused, loaded.description.matched) == ((), 100.0)
