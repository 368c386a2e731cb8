"""Circle and sphere: what the projection keeps, and that it does not invent or spin anything."""

import pytest
import torch

from sslviz.metrics import circle_and_sphere


def random_rows(n: int, d: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def test_shapes_and_unit_length():
    p = circle_and_sphere(random_rows(50, 16))
    assert p.circle.shape == (50, 2)
    assert p.sphere.shape == (50, 3)
    torch.testing.assert_close(p.circle.norm(dim=1), torch.ones(50))
    torch.testing.assert_close(p.sphere.norm(dim=1), torch.ones(50))
    assert 2 / 16 < p.kept[0] < p.kept[1] < 1


@pytest.mark.parametrize("d", [2, 3])
def test_what_fits_is_shown_as_it_is(d):
    """Two or three dimensions lose nothing: all angles between images stay."""
    z = random_rows(30, d)
    p = circle_and_sphere(z)
    shown = p.circle if d == 2 else p.sphere
    unit = torch.nn.functional.normalize(z, dim=1)
    torch.testing.assert_close(shown @ shown.T, unit @ unit.T, rtol=0, atol=1e-5)
    assert p.kept[d - 2] == pytest.approx(1, abs=1e-6)


def test_collapse_stays_one_point():
    """Centring would blow up the last noise into a full circle."""
    z = torch.ones(40, 32) + 1e-4 * random_rows(40, 32)
    p = circle_and_sphere(z)
    assert float(p.circle.std(0).max()) < 1e-3
    assert float(p.sphere.std(0).max()) < 1e-3
    assert p.kept[0] == pytest.approx(1, abs=1e-4)


def nearly_round(scales: tuple[float, float, float]) -> torch.Tensor:
    """300 images in three of 16 dimensions, stretched a little along each: which axis is the longest decides the order of PCA."""
    return torch.nn.functional.pad(random_rows(300, 3) * torch.tensor(scales), (0, 13))


def test_the_picture_does_not_spin():
    """The longest axis becomes the shortest: plain PCA would swap them on screen, held axes leave every image where it was."""
    before = circle_and_sphere(nearly_round((1.2, 1.0, 0.8)))
    later = nearly_round((0.8, 1.0, 1.2))
    free, held = circle_and_sphere(later), circle_and_sphere(later, before.axes)
    assert float((free.sphere * before.sphere).sum(1).mean()) < 0.6
    assert float((held.sphere * before.sphere).sum(1).mean()) > 0.9


def test_turning_moves_no_image_against_another():
    z = random_rows(50, 8)
    free, held = circle_and_sphere(z), circle_and_sphere(z, circle_and_sphere(random_rows(50, 8, seed=5)).axes)
    torch.testing.assert_close(held.sphere @ held.sphere.T, free.sphere @ free.sphere.T, rtol=0, atol=1e-4)
    torch.testing.assert_close(held.circle @ held.circle.T, free.circle @ free.circle.T, rtol=0, atol=1e-4)


def test_axes_of_another_width_are_ignored():
    z = random_rows(20, 8)
    other = circle_and_sphere(random_rows(20, 5)).axes
    torch.testing.assert_close(circle_and_sphere(z, other).circle, circle_and_sphere(z).circle)


def test_zero_rows_stay_in_the_middle():
    z = random_rows(10, 4)
    z[0] = 0
    p = circle_and_sphere(z)
    assert p.circle[0].tolist() == [0, 0]
    assert torch.isfinite(p.sphere).all()


def test_one_dimension_is_two_points():
    p = circle_and_sphere(torch.tensor([[2.0], [-1.0]]))
    assert p.sphere.tolist() == [[1, 0, 0], [-1, 0, 0]]


def test_gradients_stay_outside():
    z = random_rows(10, 4).requires_grad_()
    assert not circle_and_sphere(z).sphere.requires_grad
