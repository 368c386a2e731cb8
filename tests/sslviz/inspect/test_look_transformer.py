"""A transformer looks: each want is the plain formula on the whole attention, for any size, query and kind of prefix."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.inspect.attend import attend
from sslviz.inspect.errors import InspectError
from sslviz.inspect.model import Model
from sslviz.inspect.sight import Sight
from sslviz.metrics.attention import auroc, jaccard, mass_mask, rollout
from sslviz.spec.errors import Cancelled
from sslviz.spec.inspection import CLASS_QUERY, Attend, Attended, ModelRef, PictureRef
from tests.sslviz.inspect.networks import picture, transformer

KINDS = {
    "class token": {},
    "registers": {"registers": 2},
    "no class token": {"class_token": False, "table_prefix": 0, "pool": "mean"},
    "rotary": {"positions": "rope", "table_prefix": 0, "grid": (4, 4), "width": 32, "registers": 1},
}
SIZES = [(32, 32), (40, 24)]


def request(**changes) -> Attend:
    return Attend(1, ModelRef("x"), PictureRef(), **changes)


def model(kind: str) -> Model:
    return transformer(**KINDS[kind])


def whole(found: Model, size: tuple[int, int]) -> Tensor:
    """(layers, heads, N, N)."""
    return torch.stack([found.attention(picture(size).images, layer)[0] for layer in range(found.depth)])


def ask(found: Model, size: tuple[int, int], **changes) -> dict[str, Tensor]:
    answer = attend(found, request(**changes), picture(size, truth=True))
    return {name: torch.tensor(array) for name, array in answer.arrays.items()}


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """So that a picture of a few patches goes by in several chunks."""
    monkeypatch.setattr("sslviz.inspect.sweep.CHUNK", 150)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_maps_are_rows_of_the_softmax(kind, size):
    found = model(kind)
    prefix = found.describe().prefix
    full = whole(found, size)
    arrays = ask(found, size, layers=(0, -1), query=CLASS_QUERY)
    rows = full[[0, 2]][:, :, prefix:].mean(2) if kind == "no class token" else full[[0, 2], :, 0]
    assert arrays["maps"].shape == (2, 2, size[0] // 8, size[1] // 8)
    assert torch.allclose(arrays["maps"].flatten(2), rows[..., prefix:], atol=1e-6)
    assert torch.allclose(arrays["prefix"], rows[..., :prefix], atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_any_patch_and_any_register_may_ask(kind):
    found = model(kind)
    about, full = found.describe(), whole(found, (40, 24))
    arrays = ask(found, (40, 24), query=4)
    assert torch.allclose(arrays["maps"][0].flatten(1), full[-1, :, about.prefix + 4, about.prefix :], atol=1e-6)
    if about.registers:
        arrays = ask(found, (40, 24), query=-1 - about.registers)
        assert torch.allclose(arrays["maps"][0].flatten(1), full[-1, :, about.prefix - 1, about.prefix :], atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_entropy_distance_and_rollout_are_those_of_all_rows(kind, size):
    found = model(kind)
    full, prefix = whole(found, size).double(), found.describe().prefix
    arrays = ask(found, size, wants=("overview", "rollout"), query=2)
    entropy = -(full * full.clamp_min(1e-30).log()).sum(-1).mean(-1)
    assert torch.allclose(arrays["entropy"].double(), entropy, atol=1e-5)
    assert torch.allclose(arrays["distance"].double(), distances(full, prefix, size), atol=1e-3)
    rolled = rollout(full.float())[prefix + 2, prefix:]
    assert torch.allclose(arrays["rollout"].flatten(), rolled, atol=1e-6)
    assert set(arrays) == {"picture", "whole", "frame", "truth", "entropy", "distance", "rollout"}


def distances(full: Tensor, prefix: int, size: tuple[int, int]) -> Tensor:
    """By a loop over pairs of patches."""
    columns = size[1] // 8
    patches = full[..., prefix:, prefix:]
    n = patches.shape[-1]
    apart = torch.tensor(
        [[8 * math.dist(divmod(i, columns), divmod(j, columns)) for j in range(n)] for i in range(n)]
    ).double()
    return (patches * apart).sum(-1).div(patches.sum(-1)).mean(-1)


def test_rollout_without_a_class_token_starts_from_all_patches():
    found = model("no class token")
    arrays = ask(found, (32, 32), wants=("rollout",))
    assert torch.allclose(arrays["rollout"].flatten(), rollout(whole(found, (32, 32))).mean(0), atol=1e-6)


def test_norms_and_similarity_are_of_the_tokens():
    found = model("registers")
    images = picture((40, 24)).images
    arrays = ask(found, (40, 24), wants=("norms", "similarity"), query=3)
    raw = torch.stack([found.features(images, layer, norm=False).tokens[0] for layer in range(3)])
    assert torch.allclose(arrays["norms"], raw.norm(dim=-1), atol=1e-4)
    patches = found.features(images).patches[0]
    cosines = torch.nn.functional.cosine_similarity(patches, patches[3:4])
    assert torch.allclose(arrays["similarity"].flatten(), cosines, atol=1e-5)
    assert float(arrays["similarity"].flatten()[3]) == pytest.approx(1)


def test_overlap_with_the_truth_is_that_of_pixels():
    found = model("class token")
    arrays = ask(found, (40, 24), layers=(0, 1), share=0.5)
    truth = arrays["truth"].flatten().bool()

    def enlarged(maps: Tensor) -> Tensor:
        return maps.repeat_interleave(8, -2).repeat_interleave(8, -1).flatten(2)

    kept = mass_mask(arrays["maps"].flatten(2), 0.5).view(arrays["maps"].shape)
    assert torch.equal(arrays["kept"], kept)
    assert torch.allclose(arrays["jaccard"].double(), jaccard(enlarged(kept), truth), atol=1e-6)
    assert torch.allclose(arrays["auroc"].double(), auroc(enlarged(arrays["maps"]), truth), atol=1e-6)


def test_without_truth_there_is_no_overlap():
    answer = attend(model("class token"), request(), picture())
    assert torch.tensor(answer.arrays["jaccard"]).isnan().all()
    assert "truth" not in answer.arrays


@pytest.mark.parametrize(
    "wants", [("maps",), ("norms",), ("pca",), ("similarity",), ("masks",), ("occlusion",), ("rollout",)]
)
def test_what_was_seen_is_not_computed_again(wants, monkeypatch):
    found, sight = model("class token"), Sight()
    first = attend(found, request(wants=wants), picture(), sight)
    embedded = []
    monkeypatch.setattr(type(found.transformer), "embed", lambda *a, **k: embedded.append(1))
    if wants not in (("masks",), ("occlusion",)):
        same(first, attend(found, request(wants=wants), picture(), sight))
        assert not embedded


def test_a_sight_that_knows_more_answers_the_same():
    found, sight = model("registers"), Sight()
    attend(found, request(wants=("norms", "overview")), picture(), sight)
    asked = request(layers=(0, 1, 2), wants=("maps", "pca", "similarity"), query=5)
    same(attend(found, asked, picture(), sight), attend(found, asked, picture()))


def same(one: Attended, other: Attended) -> None:
    assert one.arrays.keys() == other.arrays.keys()
    for name, array in one.arrays.items():
        assert torch.allclose(
            torch.tensor(array).double(), torch.tensor(other.arrays[name]).double(), atol=1e-5, equal_nan=True
        )


def test_only_what_is_wanted_is_computed():
    found, sight = model("class token"), Sight()
    answer = attend(found, request(), picture(), sight)
    assert set(answer.arrays) == {"picture", "whole", "frame", "maps", "prefix", "kept", "jaccard", "auroc"}
    with pytest.raises(KeyError):
        sight.before(found.depth)  # of the last block, its rows were asked for and nothing else


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers": (7,)}, "has 3 layers, and number 7"),
        ({"layers": ()}, "none was chosen"),
        ({"query": 16}, "no patch 16"),
        ({"query": -2}, "has no registers"),
        ({"head": 2}, "no head 2"),
    ],
)
def test_what_there_is_not_is_refused(changes, message):
    with pytest.raises(InspectError, match=message):
        attend(model("class token"), request(**changes), picture())


@pytest.mark.parametrize("wants", [("rollout",), ("masks",), ("occlusion",), ("maps",)])
def test_long_work_can_be_given_up(wants):
    calls = []

    def stop() -> None:
        calls.append(1)
        if len(calls) > 1:
            raise Cancelled("Enough.")

    with pytest.raises(Cancelled):
        attend(model("class token"), request(wants=wants), picture(), stop=stop)


def test_the_caption_says_what_a_figure_must():
    answer = attend(model("registers"), request(layers=(0, -1), query=-3), picture((40, 24)))
    for part in (
        "DINO ViT-test/8",
        "sha256 ababababab",
        "40 × 24 px",
        "patches of 8 × 8 px",
        "layers 1, 3 of 3",
        "register 2",
    ):
        assert part in answer.caption
    assert "mean over all patches" in attend(model("no class token"), request(), picture()).notes[0]


def test_answers_are_read_only_and_the_network_is_untouched():
    found = model("class token")
    before = {name: weight.clone() for name, weight in found.network.state_dict().items()}
    wants = ("maps", "overview", "rollout", "pca", "similarity", "norms", "masks", "occlusion")
    answer = attend(found, request(wants=wants), picture(truth=True))
    assert not any(array.flags.writeable for array in answer.arrays.values())
    assert all(torch.equal(weight, before[name]) for name, weight in found.network.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in found.network.modules())
