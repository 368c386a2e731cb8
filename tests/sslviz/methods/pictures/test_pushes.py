"""Who pushes: shares of the repulsion by rank, by class, and as pictures."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from sslviz.methods import Facts, MethodError
from sslviz.methods.pictures.pushes import hardest, push_by_rank, require_negatives, same_class, shares
from tests.sslviz.methods.learners import BATCH, learner_of

OUT = -math.inf


def test_shares_are_the_gradients_of_the_loss():
    """d loss / d s_k of InfoNCE, divided by what all negatives get together."""
    s = torch.tensor([[0.9, 0.5, -0.2, 0.1]], dtype=torch.float64, requires_grad=True)
    torch.nn.functional.cross_entropy(s / 0.3, torch.tensor([0])).backward()
    negatives = s.grad[0, 1:]
    logits = (s.detach() / 0.3).index_fill(1, torch.tensor([0]), OUT)
    torch.testing.assert_close(shares(logits)[0, 1:], negatives / negatives.sum())
    assert shares(logits)[0, 0] == 0


def test_ranks_are_sorted_and_told_apart_by_class():
    logits = torch.tensor([[OUT, 2.0, 0.0, 1.0], [0.0, OUT, 3.0, 1.0]]).log_softmax(1)
    bars = push_by_rank(logits, torch.tensor([4, 4]))
    own = same_class((2, 4), torch.tensor([4, 4]))
    assert own.all()
    assert bars["values"][0].tolist() == [0.0] * 4
    assert bars["values"][1].tolist() == sorted(bars["values"][1].tolist(), reverse=True)
    assert bars["values"].sum().item() == pytest.approx(1.0)
    assert bars["line"].tolist() == pytest.approx([1 / 3])


def test_a_label_of_minus_one_is_nobodys():
    assert same_class((4, 4), torch.tensor([-1, -1])).sum() == 0
    assert same_class((4, 4), None).sum() == 0
    expected = [[True, False, True, False], [False, True, False, True]] * 2
    assert same_class((4, 4), torch.tensor([0, 1])).tolist() == expected


def test_a_low_temperature_leaves_the_push_to_the_nearest():
    s = torch.linspace(1, -1, 40)[None].repeat(3, 1)
    first = [push_by_rank(s / tau, None)["values"][0, 0].item() for tau in (0.05, 0.5, 100.0)]
    assert first[0] > 0.6
    assert first[0] > first[1] > first[2]
    assert first[2] == pytest.approx(1 / 40, rel=0.05)


def figure(name: str, **params: object) -> dict[str, object]:
    run = learner_of("simclr", params=params)
    moment = run.advance(0).moment
    with torch.inference_mode():
        return {**run.method.figure(name, moment.views, moment.batch, moment.peek), "labels": moment.batch.labels}


def test_simclr_shows_false_negatives_and_the_oracle_drops_them():
    with_them, without = figure("simclr_push"), figure("simclr_push", oracle=True)
    assert with_them["values"][1].sum() > 0, "the batch has two images of a class"
    assert without["values"][1].sum() == 0
    for bars in (with_them, without):
        assert bars["values"].sum().item() == pytest.approx(1.0, rel=1e-4)
    assert without["line"] > with_them["line"]
    assert with_them["line"].tolist() == pytest.approx([1 / (2 * BATCH - 2)])


def test_nobody_pushes_without_negatives():
    bars = figure("simclr_push", negatives=False)
    assert bars["values"].abs().sum() == 0


def test_tiles_name_the_share_and_the_false_negatives():
    tiles = figure("simclr_hardest")
    labels: Tensor = tiles["labels"]
    texts, images = tiles["texts"], tiles["images"]
    assert images.shape[:2] == (5, 8)
    assert [len(row) for row in texts] == [8] * 5
    told = [float(text.split("%")[0]) for text in texts[0][1:]]
    assert told == sorted(told, reverse=True)
    if any(bool((labels == labels[k]).sum() > 1) for k in range(5)):
        assert any("own class" in text for row in texts for text in row)


def test_the_hardest_negatives_of_an_anchor_are_the_most_similar_ones():
    logits = torch.tensor([[OUT, 1.0, OUT, 5.0], [1.0, OUT, 2.0, OUT], [0.0] * 4, [0.0] * 4])
    images = torch.arange(4.0)[:, None, None, None].expand(4, 3, 2, 2)
    tiles = hardest(logits, images, torch.tensor([0, 0]), ("star", "disc"))
    assert tiles["images"][:, :3, 0, 0, 0].tolist() == [[0.0, 3.0, 1.0], [1.0, 2.0, 0.0]]
    assert [row[0] for row in tiles["texts"]] == ["star", "star"]
    assert tiles["texts"][0][1] == "98% own class"


def test_a_batch_of_one_has_no_negatives():
    with pytest.raises(MethodError, match="SimCLR tells an image from the others"):
        require_negatives(Facts(batch_size=1), "SimCLR")
    require_negatives(Facts(batch_size=2), "SimCLR")
