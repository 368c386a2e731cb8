"""Fixed positions: as the authors' code lays them out, and different at every place."""

import numpy as np
import pytest
import torch

from sslviz.nn.positions import sincos_positions


def authors(dim: int, grid: tuple[int, int]) -> np.ndarray:
    """The formula written out for one place after the other: columns before rows, sines before cosines."""
    rows = []
    for y in range(grid[0]):
        for x in range(grid[1]):
            row = []
            for place in (x, y):
                rates = [1 / 10000 ** (k / (dim / 4)) for k in range(dim // 4)]
                row += [np.sin(place * rate) for rate in rates] + [np.cos(place * rate) for rate in rates]
            rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize(("dim", "grid"), [(8, (3, 3)), (16, (2, 5)), (64, (8, 8))])
def test_values(dim, grid):
    torch.testing.assert_close(
        sincos_positions(dim, grid).double(), torch.from_numpy(authors(dim, grid)), rtol=0, atol=1e-6
    )


def test_no_two_places_are_alike():
    positions = sincos_positions(64, (8, 8))
    assert torch.cdist(positions, positions).fill_diagonal_(1).min() > 0.5


def test_a_width_that_does_not_divide_is_refused():
    with pytest.raises(ValueError, match="4 divides"):
        sincos_positions(30, (2, 2))
