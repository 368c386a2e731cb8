"""Position tables on another grid: each family's own rule, against torch's interpolation asked for in that family's words."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it

from sslviz.nn.errors import NetworkError
from sslviz.nn.position_tables import RULES

OLD, NEW = (4, 4), (6, 3)


@pytest.fixture
def table() -> torch.Tensor:
    return torch.randn(16, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("name", RULES)
def test_the_same_grid_keeps_the_table(table: torch.Tensor, name: str) -> None:
    assert torch.equal(RULES[name](table, OLD, OLD), table)


@pytest.mark.parametrize(
    ("name", "how"),
    [
        ("dino", {"scale_factor": (6.1 / 4, 3.1 / 4)}),
        ("size", {"size": NEW}),
        ("size_antialias", {"size": NEW, "antialias": True}),
        ("align_corners", {"size": NEW, "align_corners": True}),
    ],
)
def test_another_grid_is_resized_as_the_family_does(table: torch.Tensor, name: str, how: dict) -> None:
    picture = table.T.reshape(1, 5, *OLD)
    expected = F.interpolate(picture, mode="bicubic", **how)[0].flatten(1).T
    assert torch.equal(RULES[name](table, OLD, NEW), expected)


def test_the_rules_differ(table: torch.Tensor) -> None:
    resized = [RULES[name](table, OLD, NEW) for name in RULES if name != "fixed"]
    assert all(not torch.allclose(a, b, atol=1e-3) for i, a in enumerate(resized) for b in resized[:i])


def test_rows_are_rows() -> None:
    """A table that tells rows apart still does so where the grid is not square."""
    table = torch.arange(4.0).repeat_interleave(4)[:, None]  # row number of each place
    resized = RULES["align_corners"](table, OLD, (2, 8)).reshape(2, 8)
    torch.testing.assert_close(resized, torch.tensor([[0.0] * 8, [3.0] * 8]))


def test_a_fixed_table_refuses_other_grids(table: torch.Tensor) -> None:
    with pytest.raises(NetworkError, match="4 x 4 patches only, not of 6 x 3"):
        RULES["fixed"](table, OLD, NEW)


def test_half_precision_comes_back_as_it_was(table: torch.Tensor) -> None:
    assert RULES["dino"](table.bfloat16(), OLD, NEW).dtype == torch.bfloat16
