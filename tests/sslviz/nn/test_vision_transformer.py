"""The one vision transformer: attention rows as the blocks use them, only what is asked for, any size, and clear refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from sslviz.nn import vit_block
from sslviz.nn.errors import NetworkError
from sslviz.nn.vision_transformer import VisionTransformer, network_of
from sslviz.nn.vit_plan import VitPlan

PLAN = VitPlan(width=12, depth=3, heads=3, patch=(4, 4), hidden=20, grid=(3, 3), registers=2, rule="size")
ROPE = replace(PLAN, positions="rope", grid=(0, 0), table_prefix=0, width=16, heads=2, separate_patch_norm=True)
PLANS = {
    "table": PLAN,
    "rope": ROPE,
    "gated, scaled": replace(PLAN, mlp="swiglu", layer_scale=True, qk_norm=True, pre_norm=True),
    "quick": replace(
        PLAN, mlp="quick_gelu", qkv_bias=False, class_token=False, registers=0, table_prefix=0, pool="mean"
    ),
}


def made(plan: VitPlan, seed: int = 0) -> VisionTransformer:
    generator = torch.Generator().manual_seed(seed)
    empty = VisionTransformer(plan).state_dict()
    state = {name: torch.randn(t.shape, generator=generator) * 0.3 for name, t in empty.items()}
    if plan.positions == "rope":
        state["rope.periods"] = torch.tensor([1.0, 4.0])
    return network_of(plan, state)


def pictures(height: int = 12, width: int = 12, count: int = 2) -> Tensor:
    return torch.randn(count, 3, height, width, generator=torch.Generator().manual_seed(7))


def by_hand(block: vit_block.Block, x: Tensor, rows: Tensor) -> Tensor:
    """The block's output from attention rows (B, heads, N, N), without the fused kernel."""
    attn = block.attn
    width = x.shape[2]
    weight, bias = attn.qkv.weight[2 * width :], attn.qkv.bias
    values = block.norm1(x) @ weight.T + (0 if bias is None else bias[2 * width :])
    heads = values.reshape(*x.shape[:2], rows.shape[1], -1).transpose(1, 2)
    x = x + block.ls1(attn.proj((rows @ heads).transpose(1, 2).flatten(2)))
    return x + block.ls2(block.mlp(block.norm2(x)))


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_rows_are_what_the_blocks_mix_by(plan: VitPlan) -> None:
    network, images = made(plan), pictures(12, 20)
    seen = network.run(images, layers=range(3), attention=range(3))
    before = network.embed(images)
    for layer in range(3):
        rows = seen.attention[layer]
        torch.testing.assert_close(rows.sum(-1), torch.ones(rows.shape[:3]))
        block = network.blocks[layer]
        assert isinstance(block, vit_block.Block)
        torch.testing.assert_close(by_hand(block, before, rows), seen.tokens[layer], atol=2e-5, rtol=1e-4)
        before = seen.tokens[layer]
    torch.testing.assert_close(network.normed(before), seen.final)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
@pytest.mark.parametrize("chunk", [1, 4_000_000])
def test_asked_rows_are_those_of_the_whole(plan: VitPlan, chunk: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network, images = made(plan), pictures()
    whole = network.run(images, attention=[0, 2]).attention
    monkeypatch.setattr(vit_block, "CHUNK", chunk)
    some = network.run(images, attention=[0, -1], queries=[0, 5], final=False)
    torch.testing.assert_close(some.attention[0], whole[0][:, :, [0, 5]], atol=1e-6, rtol=0)
    torch.testing.assert_close(some.attention[-1], whole[2][:, :, [0, 5]], atol=1e-6, rtol=0)
    assert some.final.shape[1] == 0


def test_class_rows_never_make_a_whole_matrix(monkeypatch: pytest.MonkeyPatch) -> None:
    network, sizes = made(PLAN), []
    plain = vit_block.attention_rows

    def watched(q: Tensor, k: Tensor, queries: vit_block.Queries = None) -> Tensor:
        rows = plain(q, k, queries)
        sizes.append(rows.shape[2])
        return rows

    monkeypatch.setattr(vit_block, "attention_rows", watched)
    assert network.run(pictures(), attention=range(3), queries=slice(0, 1)).attention[1].shape == (2, 3, 1, 12)
    assert sizes == [1, 1, 1]


def test_without_the_final_tokens_the_pass_ends_early(monkeypatch: pytest.MonkeyPatch) -> None:
    network, passed = made(PLAN), []
    for i, block in enumerate(network.blocks):
        block.mlp.register_forward_hook(lambda *_args, i=i: passed.append(i))
    network.run(pictures(), attention=[1], final=False)
    assert passed == [0]
    network.run(pictures(), layers=[1], attention=[0], final=False)
    assert passed == [0, 0, 1]


def test_layers_are_called_as_they_were_asked_for() -> None:
    seen = made(PLAN).run(pictures(), layers=(-1, 2), attention=(-3,))
    assert set(seen.tokens) == {-1, 2}
    assert torch.equal(seen.tokens[-1], seen.tokens[2])
    assert set(seen.attention) == {-3}


@pytest.mark.parametrize("layer", [3, -4])
def test_other_layers_are_refused(layer: int) -> None:
    with pytest.raises(NetworkError, match="3 blocks"):
        made(PLAN).run(pictures(), attention=[layer])


@pytest.mark.parametrize("plan", [PLAN, ROPE], ids=["table", "rope"])
def test_kept_patches_are_the_same_tokens_in_the_order_asked(plan: VitPlan) -> None:
    network, images = made(plan), pictures()
    keep = torch.tensor([[8, 0, 3], [1, 2, 4]])
    whole, some = network.embed(images), network.embed(images, keep)
    assert torch.equal(some[:, :3], whole[:, :3])
    assert torch.equal(some[1, 3:], whole[1, 3:][keep[1]])
    everything = torch.arange(9).expand(2, -1)
    torch.testing.assert_close(network.run(images, keep=everything).final, network.run(images).final)


@pytest.mark.parametrize("plan", [PLAN, ROPE], ids=["table", "rope"])
def test_kept_patches_know_their_places(plan: VitPlan) -> None:
    """Whichever way they are ordered, the class token sees the same."""
    network, images = made(plan), pictures()
    one = network.run(images, keep=torch.tensor([[8, 0, 3]] * 2)).final[:, 0]
    other = network.run(images, keep=torch.tensor([[3, 8, 0]] * 2)).final[:, 0]
    torch.testing.assert_close(one, other)
    assert not torch.allclose(one, network.run(images, keep=torch.tensor([[7, 1, 3]] * 2)).final[:, 0], atol=1e-3)


def test_pixels_beyond_the_last_patch_are_left_out() -> None:
    network, images = made(PLAN), pictures(15, 13)
    assert network.grid_of(images) == (3, 3)
    assert torch.equal(network(images), network(images[..., :12, :12]))


def test_rows_come_before_columns() -> None:
    network = made(PLAN)
    assert network.run(pictures(8, 16)).grid == (2, 4)


@pytest.mark.parametrize(
    ("size", "channels", "words"), [((3, 12), 3, "smaller than one patch"), ((12, 12), 4, "3 channels, not of 4")]
)
def test_images_that_it_cannot_read_are_refused(size: tuple[int, int], channels: int, words: str) -> None:
    with pytest.raises(NetworkError, match=words):
        made(PLAN)(torch.zeros(1, channels, *size))


def test_pooling() -> None:
    final = torch.randn(2, 1 + 2 + 9, 12)
    assert torch.equal(made(PLAN).pooled(final), final[:, 0])
    assert torch.equal(made(replace(PLAN, pool="mean")).pooled(final), final[:, 3:].mean(1))
    assert torch.equal(made(replace(PLAN, pool="class_and_register")).pooled(final), (final[:, 0] + final[:, 1]) / 2)
    projected = made(replace(PLAN, pool="class_projected", projection=5))
    assert projected.num_features == 5
    assert torch.equal(projected.pooled(final), final[:, 0] @ projected.proj)


def test_tokens_before_the_patches_can_have_a_norm_of_their_own() -> None:
    network, tokens = made(ROPE), torch.randn(1, 3 + 4, 16)
    out = network.normed(tokens)
    torch.testing.assert_close(out[:, :3], network.cls_norm(tokens[:, :3]))
    torch.testing.assert_close(out[:, 3:], network.norm(tokens[:, 3:]))


def test_a_convolutional_stem_halves_the_picture_at_every_layer() -> None:
    network = made(replace(PLAN, patch=(8, 8), convolutional_stem=(2, 4, 8)))
    assert network.embed(pictures(24, 24)).shape == (2, 1 + 2 + 9, 12)


def test_weights_are_not_copied_and_ask_for_no_gradient() -> None:
    state = {name: torch.randn(t.shape) for name, t in VisionTransformer(PLAN).state_dict().items()}
    network = network_of(PLAN, state)
    assert all(t.data_ptr() == state[name].data_ptr() for name, t in network.state_dict().items())
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert not network.training


def test_half_precision_weights_are_computed_with_in_float32() -> None:
    state = {name: torch.randn(t.shape).half() for name, t in VisionTransformer(PLAN).state_dict().items()}
    assert network_of(PLAN, state)(pictures()).dtype == torch.float32
