"""What figures and measures say of sortings that are known."""

import math

import pytest
import torch

from sslviz.nn.sorting import (
    MOST_PLACES,
    at_used,
    belonging,
    entropy,
    gallery,
    side_by_side,
    sorting_measures,
    uniform_lines,
    usage,
)


def one_hot(*winners, k=8):
    return torch.nn.functional.one_hot(torch.tensor(winners), k).float()


def test_entropy_of_certainty_and_of_no_opinion():
    p = torch.stack([one_hot(3)[0], torch.full((8,), 1 / 8)])
    torch.testing.assert_close(entropy(p), torch.tensor([0.0, math.log(8)]))


def test_complete_collapse_uniform_output_and_even_use_are_told_apart():
    loss = torch.tensor(3.0)
    collapsed = sorting_measures(one_hot(2, 2, 2, 2)[None], loss)
    uniform = sorting_measures(torch.full((2, 4, 8), 1 / 8), loss)
    even = sorting_measures(one_hot(*range(8))[None], loss)
    told = [[round(float(m[n]), 4) for n in ("teacher_entropy", "mean_entropy", "prototypes")] for m in (collapsed, uniform, even)]  # fmt: skip
    assert told == [
        [0, 0, 1],
        [pytest.approx(math.log(8), abs=1e-4)] * 2 + [1],
        [0, pytest.approx(math.log(8), abs=1e-4), 8],
    ]


def test_lines_stand_where_no_opinion_lies():
    uniform = torch.full((2, 4, 8), 1 / 8)
    measured = {name: float(value) for name, value in sorting_measures(uniform, entropy(uniform).mean()).items()}
    lines = {measure: value for measure, _, value in uniform_lines(8)}
    assert lines.pop("loss") == pytest.approx(float(entropy(uniform).mean()))
    assert lines == {name: pytest.approx(measured[name]) for name in ("teacher_entropy", "mean_entropy")}


def test_kl_is_what_the_loss_has_over_the_entropy():
    p, q = torch.rand(2, 1, 5, 7, generator=torch.Generator().manual_seed(0)).softmax(-1)
    loss = -(p * q.log()).sum(-1).mean()
    kl = (p * (p / q).log()).sum(-1).mean()
    torch.testing.assert_close(sorting_measures(p, loss)["kl"], kl, rtol=1e-4, atol=1e-6)
    assert float(sorting_measures(p, entropy(p).mean() - 1e-7)["kl"]) == 0


def test_usage_is_sorted_by_the_first_and_keeps_numbers():
    p, q = one_hot(5, 5, 1), one_hot(1, 2, 2)
    drawn = usage(p, q)
    assert drawn["names"][:2] == ["5", "1"]
    torch.testing.assert_close(drawn["values"][:, :2], torch.tensor([[2 / 3, 1 / 3], [0, 1 / 3]]))
    assert drawn["line"].tolist() == [pytest.approx(1 / 8)]
    values = torch.arange(8.0)
    assert at_used(values, p)["values"][0, :2].tolist() == [5, 1]


def test_no_figure_grows_with_the_number_of_prototypes():
    p, images = torch.rand(70, 5_000).softmax(-1), torch.rand(70, 3, 8, 8)
    assert usage(p)["values"].shape == (1, MOST_PLACES)
    assert belonging(p, images)["values"].shape == (24, 32)
    assert gallery(p, images)["images"].shape == (6, 8, 3, 8, 8)
    assert side_by_side(p, p)["values"].shape == (2, 24)


def test_few_images_and_prototypes_are_all_shown():
    p, images = one_hot(0, 1, k=2), torch.rand(2, 3, 8, 8)
    assert usage(p)["values"].shape == (1, 2)
    assert belonging(p, images)["values"].shape == (2, 2)
    assert gallery(p, images)["images"].shape == (2, 2, 3, 8, 8)
    assert side_by_side(p, p)["values"].shape == (2, 4)


def test_images_of_one_prototype_stand_together():
    p, images = one_hot(3, 6, 3, 6, 3), torch.arange(5.0)[:, None, None, None].expand(5, 3, 2, 2)
    drawn = belonging(p, images)
    assert drawn["columns"][:2] == ["3", "6"]
    assert drawn["row_images"][:, 0, 0, 0].tolist() == [0, 2, 4, 1, 3]
    assert drawn["values"].argmax(1).tolist() == [0, 0, 0, 1, 1]


def test_a_gallery_has_the_nearest_first_and_says_how_near():
    p = torch.tensor([[0.9, 0.1], [0.6, 0.4], [0.7, 0.3]])
    images = torch.arange(3.0)[:, None, None, None].expand(3, 3, 2, 2)
    drawn = gallery(p, images)
    assert drawn["rows"] == ["0: 73%", "1: 27%"]
    assert drawn["images"][:, :, 0, 0, 0].tolist() == [[0, 2, 1], [1, 2, 0]]
    assert drawn["texts"] == [["90%", "70%", "60%"], ["40%", "30%", "10%"]]


def test_bars_side_by_side_are_of_the_same_prototypes():
    p, q = one_hot(3, 4), one_hot(5, 4)
    drawn = side_by_side(p, q)
    first = dict(zip(drawn["names"], drawn["values"].T.tolist(), strict=True))
    assert first["1·3"] == [1, 0]
    assert first["1·5"] == [0, 1]
    assert first["2·4"] == [1, 1]
