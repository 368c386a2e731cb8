"""Colourisation: its equations in naive loops, what it sees and answers, the colours it counts."""

import math

import pytest
import torch
from torch import Tensor, nn

from sslviz.methods import MethodError
from sslviz.methods.colorization import (
    Colorization,
    annealed_mean,
    as_grey,
    coarse,
    colour_loss,
    coloured,
    places,
    rarity,
)
from sslviz.nn.encoder import Encoder
from sslviz.nn.lab import rgb_to_lab
from tests.sslviz.methods.learners import config_of, learner_of, method_of


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_loss_is_eq_2():
    logits = torch.randn(3, 6, generator=seeded(), dtype=torch.float64)
    index, share = torch.tensor([[4, 0], [1, 2], [5, 4]]), torch.tensor([[0.7, 0.3], [0.5, 0.5], [1.0, 0.0]]).double()
    w = torch.tensor([0.5, 1.0, 1.5, 2.0, 2.5, 3.0]).double()
    total = 0.0
    for m, o in enumerate(logits.tolist()):
        norm = math.log(sum(map(math.exp, o)))
        z = dict(zip(index[m].tolist(), share[m].tolist(), strict=True))
        total -= float(w[index[m, 0]]) * sum(s * (o[q] - norm) for q, s in z.items()) / 3
    assert float(colour_loss(logits, index, share, w)) == pytest.approx(total, rel=1e-12)


def test_weights_are_eqs_3_and_4():
    p = torch.tensor([0.7, 0.2, 0.1, 0.0], dtype=torch.float64)
    raw = [1 / (0.5 * x + 0.5 / 4) for x in p.tolist()]
    scale = sum(x * r for x, r in zip(p.tolist(), raw, strict=True))
    w = rarity(p)
    assert w.tolist() == pytest.approx([r / scale for r in raw])
    assert float((p * w).sum()) == pytest.approx(1.0)
    assert w.argsort().tolist() == [0, 1, 2, 3]
    torch.testing.assert_close(rarity(torch.full((5,), 0.2)), torch.ones(5))


def test_annealing_runs_from_the_mean_to_the_likeliest():
    logits, bins = torch.randn(4, 7, generator=seeded()), torch.randn(7, 2, generator=seeded(1))
    torch.testing.assert_close(annealed_mean(logits, bins, 1.0), logits.softmax(1) @ bins)
    torch.testing.assert_close(annealed_mean(logits, bins, 0.01), bins[logits.argmax(1)], rtol=1e-3, atol=1e-3)
    z = logits.softmax(1) ** (1 / 0.38)
    torch.testing.assert_close(annealed_mean(logits, bins, 0.38), (z / z.sum(1, keepdim=True)) @ bins)


def learnt(**params: object) -> tuple[Colorization, list[Tensor], dict[str, Tensor]]:
    """A method after one step: itself, its views and its peek."""
    learner = learner_of("colorization", params=params)
    assert isinstance(learner.method, Colorization)
    views, batch = learner._batch(0)
    step = learner.method.step(views, batch)
    learner.method.after_step(batch)
    return learner.method, list(views), dict(step.peek)


def test_the_encoder_never_sees_a_colour():
    """What reaches the network is the lightness, three times."""
    method, views, _ = learnt()
    seen: list[Tensor] = []
    method.encoder.backbone.stem.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    learner = learner_of("colorization")
    method.step(views, learner._batch(0)[1])
    plain = seen[0] * method.encoder.std + method.encoder.mean
    torch.testing.assert_close(plain, plain[:, :1].expand_as(plain), rtol=0, atol=1e-5)
    torch.testing.assert_close(plain, as_grey(rgb_to_lab(views[0][0])), rtol=0, atol=1e-5)


def test_places_are_means_of_4_by_4_pixels_row_by_row():
    ab = torch.rand(2, 2, 8, 12, generator=seeded())
    rows = places(coarse(ab))
    assert rows.shape == (2 * 2 * 3, 2)
    torch.testing.assert_close(rows[6 + 3 + 2], ab[1, :, 4:8, 8:12].mean(dim=(1, 2)))
    assert coarse(torch.rand(1, 2, 9, 9)).shape[-2:] == (3, 3)


def test_true_colours_give_the_picture_back():
    flat = torch.tensor([0.8, 0.3, 0.2])[:, None, None].expand(1, 3, 16, 16)
    lab = rgb_to_lab(flat)
    torch.testing.assert_close(coloured(lab, coarse(lab[:, 1:])), flat, rtol=0, atol=1e-3)


def test_common_colours_are_counted_and_weigh_less():
    method, views, _ = learnt()
    q = len(method.bins)
    assert float(method.common.sum()) == pytest.approx(1.0, abs=1e-5)
    lab = rgb_to_lab(views[0][0])
    nearest = torch.cdist(places(coarse(lab[:, 1:])), method.bins).argmin(1).mode().values
    assert float(method.common[nearest]) > 1 / q
    assert float(rarity(method.common)[nearest]) < 1


def test_without_rebalancing_every_place_counts_alike():
    method, _, _ = learnt()
    weighted = method._weights()
    method.set_param("rebalance", False)
    assert method._weights().tolist() == [1.0] * len(method.bins)
    assert float(weighted.std()) > 0.1
    assert method.state_dict()["common"].shape == method.bins.shape[:1], "a resumed run weighs as it did"


def test_figures_show_what_was_seen_the_truth_and_the_answer():
    method, views, peek = learnt()
    batch = learner_of("colorization")._batch(0)[1]
    drawn = method.figure("colorization_tiles", views, batch, peek)
    seen, truth, answer = drawn["images"]
    n = len(seen)
    lab = rgb_to_lab(views[0][0][:n])
    assert torch.equal(seen, as_grey(lab))
    grey_bin = int(method.bins.norm(dim=1).argmin())
    sure = torch.zeros_like(peek["answers"])
    sure[:, grey_bin] = 100.0  # every place is grey, it says
    played_safe = method.figure("colorization_tiles", views, batch, {"answers": sure})["images"][2]
    assert float((played_safe - played_safe[:, :1]).abs().max()) < 1e-3
    chroma = method.figure("colorization_chroma", views, batch, {"answers": sure})["values"]
    assert chroma[1, 0] == 1.0
    torch.testing.assert_close(chroma.sum(1), torch.ones(2))
    assert not torch.equal(truth, answer)


@pytest.mark.parametrize("grid", [20, 40])
def test_chance_is_ln_q(grid):
    method = method_of(config_of("colorization", {"grid": grid}))
    q = len(method.bins)
    uniform = colour_loss(
        torch.zeros(3, q), torch.zeros(3, 5, dtype=torch.int64), torch.full((3, 5), 0.2), torch.ones(q)
    )
    lines = {measure: level for measure, _, level in method.references(8)}
    assert lines == {"loss": pytest.approx(float(uniform), rel=1e-6), "accuracy": 1 / q}


class Flat(nn.Module):
    """Pixels as features: there is no map."""

    num_features = 3

    def forward(self, images: Tensor) -> Tensor:
        return images.mean(dim=(2, 3))


def test_a_backbone_without_a_map_is_refused():
    method = learner_of("colorization").method
    encoder = Encoder(Flat(), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    with pytest.raises(MethodError, match="one grid") as refusal:
        Colorization.require(method.params, method.facts, encoder)
    assert refusal.value.field == "backbone"


def test_a_transformers_h_is_the_mean_of_what_is_trained():
    learner = learner_of("colorization", backbone="vit_d64")
    views, batch = learner._batch(0)
    method = learner.method.eval()
    h = method.step(views, batch).peek["h"]
    torch.testing.assert_close(h, method.encoder(as_grey(rgb_to_lab(views[0][0]))), rtol=1e-3, atol=1e-4)
