"""Scenes: drawn from seed and number alone, without overlap, and as the dials say."""

from __future__ import annotations

import numpy as np
import pytest

from sslviz.data.shapes import dials as d
from sslviz.data.shapes.draws import Stream, pick, uniform
from sslviz.data.shapes.scenes import Scenes, draw_scenes, factor_names, factors
from sslviz.spec.errors import SpecError

NUMBERS = np.arange(3000)


def scenes(**dials: object) -> Scenes:
    return draw_scenes(d.chosen(dials), 5, NUMBERS)


def test_draws_are_uniform_and_streams_are_independent() -> None:
    one = uniform(1, Stream.SHAPE, NUMBERS, 40)
    assert one.shape == (3000, 40)
    assert one.dtype == np.float32
    counts = np.histogram(one, 20, (0, 1))[0]
    assert abs(counts - one.size / 20).max() < 5 * np.sqrt(one.size / 20)
    for other in (uniform(2, Stream.SHAPE, NUMBERS, 40), uniform(1, Stream.SIZE, NUMBERS, 40), one[::-1], one[:, ::-1]):
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < 0.02


def test_a_draw_hangs_on_nothing_but_its_counters() -> None:
    whole = uniform(3, Stream.PLACE, NUMBERS, 4, 2)
    np.testing.assert_array_equal(uniform(3, Stream.PLACE, NUMBERS[[17, 5]], 4, 2), whole[[17, 5]])
    np.testing.assert_array_equal(uniform(3, Stream.PLACE, NUMBERS, 3), whole.reshape(3000, 8)[:, :3])


def test_pick_reaches_every_number_and_no_other() -> None:
    assert set(pick(np.array([0.0, 0.33, 0.34, 0.67, 1 - 2**-24], np.float32), 3)) == {0, 1, 2}


@pytest.mark.parametrize("preset", d.PRESETS)
def test_objects_neither_overlap_nor_leave_the_frame(preset: str) -> None:
    made = scenes(preset=preset)
    reach = 1.09 * made.radius
    inside = (np.abs(made.x) + reach <= 1.0001) & (np.abs(made.y) + reach <= 1.0001)
    assert inside[made.present].all()
    for j in range(made.present.shape[1]):
        for k in range(j):
            both = made.present[:, j] & made.present[:, k]
            apart = np.hypot(made.x[:, j] - made.x[:, k], made.y[:, j] - made.y[:, k])
            assert (apart >= made.radius[:, j] + made.radius[:, k] + 0.0399)[both].all()


@pytest.mark.parametrize("preset", d.PRESETS)
def test_the_main_object_is_there_and_the_largest(preset: str) -> None:
    made = scenes(preset=preset)
    assert made.present[:, 0].all()
    rest = np.where(made.present[:, 1:], made.radius[:, 1:], 0)
    assert (made.radius[:, :1] >= rest).all()
    low, high = d.PRESETS[preset].size
    assert low <= made.radius[:, 0].min()
    assert made.radius[:, 0].max() <= high + 1e-6


@pytest.mark.parametrize("preset", d.PRESETS)
def test_every_value_of_every_factor_occurs(preset: str) -> None:
    dials = d.chosen({"preset": preset})
    names = factor_names(dials)
    labels = factors(draw_scenes(dials, 5, NUMBERS), dials)
    assert list(labels) == list(names)
    for name, values in labels.items():
        assert values.dtype == np.int64
        counts = np.bincount(values, minlength=len(names[name]))
        assert len(counts) == len(names[name]), name
        assert counts.min() > 3000 / len(counts) / 6, (name, counts)


def test_shape_hue_and_background_are_drawn_evenly_and_independently() -> None:
    labels = factors(scenes(), d.Dials())
    for name in ("shape", "hue", "background", "texture"):
        counts = np.bincount(labels[name])
        assert abs(counts - 3000 / len(counts)).max() < 5 * np.sqrt(3000 / len(counts))
    for one, other in (("shape", "hue"), ("shape", "background"), ("hue", "size"), ("shape", "position")):
        assert abs(np.corrcoef(labels[one], labels[other])[0, 1]) < 0.07


def test_the_jitters_hold_factors_still() -> None:
    still = scenes(preset="single", hue_jitter=0.0, size_jitter=0.0, position_jitter=0.0, rotation_jitter=0.0)
    assert set(still.degrees[:, 0].tolist()) == set(d.HUES.values())
    assert np.unique(still.radius[:, 0]).size == 1
    assert not still.x.any()
    assert not still.y.any()
    assert not still.rotation.any()


def test_twice_the_hue_jitter_keeps_hues_apart() -> None:
    made = scenes(hue_jitter=2.0)
    exact = np.array(list(d.HUES.values()))
    away = np.abs((made.degrees[..., None] - exact + 180) % 360 - 180)  # (n, K, 8)
    np.testing.assert_array_equal(away.argmin(-1), made.hue)
    assert np.take_along_axis(away, made.hue[..., None], -1).max() > 11


def test_several_objects_in_the_centre_leave_one() -> None:
    assert (scenes(objects=4, position_jitter=0.0).present.sum(1) == 1).all()


@pytest.mark.parametrize("most", [1, 2, 4])
def test_objects_at_most(most: int) -> None:
    made = scenes(objects=most)
    assert made.present.shape[1] == most
    assert set(made.present.sum(1)) == set(range(1, most + 1))


@pytest.mark.parametrize(
    "wrong", [{"preset": "none"}, {"count": 3}, {"objects": 9}, {"colour": 1}, {"hue_jitter": -1.0}]
)
def test_dials_that_do_not_fit(wrong: dict[str, object]) -> None:
    with pytest.raises(SpecError):
        d.chosen(wrong)
