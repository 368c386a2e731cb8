"""Colours against torchvision's functions: exact one by one, within a stated error together."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from scipy import stats
from torch import Tensor
from torchvision.transforms import ColorJitter
from torchvision.transforms.v2 import functional

from sslviz.data.augment.colour import Factors, fold, hue_matrices, random_factors
from sslviz.data.augment.draws import Draws
from sslviz.spec.augmentation import ViewRecipe

ORDERS = ("chs", "hcs", "hsc", "shc", "sch", "csh")
"""Hue, saturation and contrast for `order` 0 .. 5: only whether hue comes before the two others matters."""
N = 20_000


def factors(n: int, **given: float) -> Factors:
    values = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "turn": 0.0, "order": 0.0, "gray": 0.0} | given
    fields = {name: torch.full((n,), value) for name, value in values.items()}
    return Factors(**{**fields, "gray": fields["gray"] > 0})


def recoloured(images: Tensor, which: Factors) -> Tensor:
    colours = fold(which)
    offset = (colours.level * images.mean((2, 3))).sum(1)
    return torch.einsum("nij,njhw->nihw", colours.matrix, images) + offset[:, None, None, None]


@pytest.fixture
def images() -> Tensor:
    """Pale enough that nothing is clamped, with a tint that hue changes."""
    tint = torch.tensor([0.5, 0.4, 0.3])[:, None, None]
    return tint + 0.1 * torch.rand(5, 3, 12, 16, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def photographs() -> Tensor:
    """Smooth scenes with the colour statistics of photographs: strong brightness, weak and correlated colour."""
    generator = torch.Generator().manual_seed(3)
    noise = torch.randn(64, 4, 5, 5, generator=generator)
    smooth = torch.nn.functional.interpolate(noise, size=(24, 24), mode="bicubic")
    grey, warm, rest = smooth[:, :1], smooth[:, 1:2], smooth[:, 2:]
    colour = torch.cat([grey * 0.22 + warm * 0.06, grey * 0.22 + rest[:, :1] * 0.03, grey * 0.22 - warm * 0.06], 1)
    return (0.47 + colour + 0.04 * rest[:, 1:] * torch.tensor([1.0, 0.0, -1.0])[:, None, None]).clamp(0, 1)


@pytest.mark.parametrize("value", [0.6, 0.93, 1.0, 1.4])
@pytest.mark.parametrize(
    ("name", "torchvisions"),
    [
        ("brightness", functional.adjust_brightness),
        ("contrast", functional.adjust_contrast),
        ("saturation", functional.adjust_saturation),
    ],
)
def test_each_operation_equals_torchvisions(images: Tensor, name: str, torchvisions: object, value: float) -> None:
    torch.testing.assert_close(
        recoloured(images, factors(5, **{name: value})), torchvisions(images, value), atol=2e-6, rtol=0
    )


def test_grayscale_equals_torchvisions(images: Tensor) -> None:
    expected = functional.rgb_to_grayscale(images, num_output_channels=3)
    torch.testing.assert_close(recoloured(images, factors(5, gray=1.0)), expected, atol=2e-6, rtol=0)


@pytest.mark.parametrize("thirds", [-1, 1])
def test_hue_is_exact_at_a_third_of_a_turn(images: Tensor, thirds: int) -> None:
    turned = recoloured(images, factors(5, turn=thirds / 3))
    torch.testing.assert_close(turned, functional.adjust_hue(images, thirds / 3), atol=5e-6, rtol=0)


@pytest.mark.parametrize(("turn", "bound"), [(0.05, 0.02), (0.1, 0.03), (-0.1, 0.03), (0.2, 0.04)])
def test_hue_is_within_its_stated_error_and_better_than_nothing(photographs: Tensor, turn: float, bound: float) -> None:
    expected = functional.adjust_hue(photographs, turn)
    error = recoloured(photographs, factors(64, turn=turn)).clamp(0, 1) - expected
    assert error.abs().mean() < bound
    assert error.square().mean() < 0.7 * (photographs - expected).square().mean()


@pytest.mark.parametrize("turn", [0.05, 0.1, 0.2, 0.4])
def test_no_linear_map_is_closer_to_torchvisions_hue_over_all_colours(turn: float) -> None:
    """Maps that treat red, green and blue alike act on red + ω green + ω² blue as one complex number; the best is fitted."""
    colours = torch.rand(1, 3, 300, 300, generator=torch.Generator().manual_seed(7))
    omega = torch.exp(torch.tensor([0, 2j * torch.pi / 3, -2j * torch.pi / 3]))
    before, after = (torch.einsum("j,njhw->nhw", omega, x.to(torch.complex64))
                     for x in (colours, functional.adjust_hue(colours, turn)))  # fmt: skip
    best = (before.conj() * after).sum() / before.abs().square().sum()
    assert float(best.abs()) == pytest.approx(1.0, abs=0.01)
    assert float(best.angle() / (2 * torch.pi)) == pytest.approx(turn, abs=0.001)


def test_hue_keeps_grey_and_comes_back_after_a_whole_turn() -> None:
    turns = torch.linspace(-0.5, 0.5, 7)
    matrices = hue_matrices(turns)
    torch.testing.assert_close(matrices.sum(2), torch.ones(7, 3))
    torch.testing.assert_close(hue_matrices(turns + 1.0), matrices, atol=1e-5, rtol=0)
    torch.testing.assert_close(matrices @ matrices.transpose(1, 2), torch.eye(3).expand(7, 3, 3), atol=1e-5, rtol=0)


@pytest.mark.parametrize("order", range(6))
def test_folded_operations_equal_one_after_the_other(images: Tensor, order: int) -> None:
    """torchvision's functions in sequence, with the linear hue in place of its own."""
    turn = torch.full((5,), 0.04)
    steps = {
        "b": lambda x: 1.1 * x,
        "c": lambda x: 1.3 * x - 0.3 * functional.rgb_to_grayscale(x).mean((1, 2, 3), keepdim=True),
        "s": lambda x: 1.4 * x - 0.4 * functional.rgb_to_grayscale(x),
        "h": lambda x: torch.einsum("nij,njhw->nihw", hue_matrices(turn), x),
    }
    which = factors(5, brightness=1.1, contrast=1.3, saturation=1.4, turn=0.04, order=order)
    expected_order = {"c": ORDERS[order].index("c"), "h": ORDERS[order].index("h"), "s": ORDERS[order].index("s")}
    for place in range(4):
        sequence = sorted(expected_order, key=expected_order.__getitem__)
        sequence.insert(place, "b")
        expected = images
        for name in sequence:
            expected = steps[name](expected)
        torch.testing.assert_close(recoloured(images, which), expected, atol=2e-4, rtol=0)


@pytest.mark.parametrize(("strength", "bound"), [(0.4, 0.004), (0.8, 0.012)])
def test_clamping_once_stays_within_its_stated_error(photographs: Tensor, strength: float, bound: float) -> None:
    generator, errors = torch.Generator().manual_seed(5), []
    for _ in range(30):
        b, c, s = (1.0 + strength * (2.0 * torch.rand(3, generator=generator) - 1.0)).tolist()
        functions = [
            (functional.adjust_brightness, b),
            (functional.adjust_contrast, c),
            (functional.adjust_saturation, s),
        ]
        expected = photographs
        for k in torch.randperm(3, generator=generator).tolist():
            expected = functions[k][0](expected, functions[k][1])
        mine = recoloured(photographs, factors(64, brightness=b, contrast=c, saturation=s)).clamp(0, 1)
        errors.append(float((mine - expected).abs().mean()))
    assert sum(errors) / len(errors) < bound


def drawn(view: ViewRecipe) -> Factors:
    return random_factors(Draws.of(N, torch.Generator().manual_seed(4), torch.device("cpu")), view)


def test_factors_have_torchvisions_distribution() -> None:
    view = ViewRecipe(jitter_p=1.0, brightness=0.8, contrast=0.4, saturation=1.0, hue=0.2)
    with torch.random.fork_rng():
        torch.manual_seed(6)
        jitter = ColorJitter(0.8, 0.4, 1.0, 0.2)
        limits = (jitter.brightness, jitter.contrast, jitter.saturation, jitter.hue)
        reference = torch.tensor([ColorJitter.get_params(*limits)[1:] for _ in range(4_000)])
    mine = drawn(view)
    for k, name in enumerate(("brightness", "contrast", "saturation", "turn")):
        assert stats.ks_2samp(getattr(mine, name).numpy(), reference[:, k].numpy()).pvalue > 0.01, name


def test_every_order_is_as_likely_as_in_torchvision() -> None:
    counts = torch.bincount(drawn(ViewRecipe()).order.long(), minlength=6)
    assert stats.chisquare(counts.numpy()).pvalue > 0.01


def test_probabilities_are_those_of_the_recipe() -> None:
    mine = drawn(ViewRecipe(jitter_p=0.8, grayscale_p=0.2))
    untouched = (mine.brightness == 1.0) & (mine.contrast == 1.0) & (mine.saturation == 1.0) & (mine.turn == 0.0)
    assert stats.binomtest(int(untouched.sum()), N, 0.2).pvalue > 0.01
    assert stats.binomtest(int(mine.gray.sum()), N, 0.2).pvalue > 0.01
    both = int((untouched & mine.gray).sum())
    assert stats.binomtest(both, N, 0.04).pvalue > 0.01  # independent of each other


def test_what_is_switched_off_changes_nothing() -> None:
    mine = drawn(ViewRecipe(jitter=False, grayscale=False))
    colours = fold(mine)
    torch.testing.assert_close(colours.matrix, torch.eye(3).expand(N, 3, 3), atol=1e-6, rtol=0)
    assert not colours.level.any()


def test_a_part_of_the_colours() -> None:
    colours = fold(drawn(ViewRecipe()))
    part = colours[slice(10, 20)]
    assert torch.equal(part.matrix, colours.matrix[10:20])
    assert torch.equal(part.level, colours.level[10:20])


def test_factors_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        factors(1).turn = torch.zeros(1)  # type: ignore[misc]  # the point of the test
