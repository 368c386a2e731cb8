"""What a map of points is made of: views, dots, the index, shades, colours, the choice of pictures, names."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPolygonF

from app.widgets import point_density, point_groups, point_raster, point_thumbs
from app.widgets.ink import rgb
from app.widgets.plane_view import PlaneView, bounds_of, fitted
from app.widgets.point_colours import colours_of, shown_colours
from app.widgets.point_index import PointIndex
from app.widgets.point_picture import PointPicture
from app.widgets.point_raster import PointRaster
from app.widgets.theme import DARK, LIGHT
from sslviz.spec import group_colours


@pytest.fixture
def rng():
    return np.random.default_rng(7)


# Views ---------------------------------------------------------------------------------------------------------------


def test_the_plane_and_the_screen_are_inverse():
    view = PlaneView(2.0, -1.0, 30.0, 400, 300)
    x, y = view.to_screen(np.array([[3.5, 0.5]]))[0].tolist()
    assert (x, y) == pytest.approx((245, 105))
    assert view.to_plane(x, y) == pytest.approx((3.5, 0.5))


def test_zoom_keeps_what_is_under_the_pointer_and_moving_moves():
    view = PlaneView(2.0, -1.0, 30.0, 400, 300)
    assert view.zoomed(3.0, 17, 250).to_plane(17, 250) == pytest.approx(view.to_plane(17, 250))
    assert view.moved(12, -5).to_plane(112, 95) == pytest.approx(view.to_plane(100, 100))
    assert view.resized(800, 600).scale == 60


@pytest.mark.parametrize("points", [[[0, 0], [10, 1]], [[3, 3]], [[2, 2], [2, 2]], [[1, 5], [np.nan, 0]], []])
def test_everything_fits(points):
    points = np.array(points, float).reshape(-1, 2)
    view = fitted(bounds_of(points), 300, 200)
    at = view.to_screen(points[np.isfinite(points).all(1)])
    assert np.isfinite(view.scale)
    assert ((at >= 0) & (at <= (300, 200))).all()


# Dots ----------------------------------------------------------------------------------------------------------------


def painted(at, radius=3.0, code=None, size=(40, 30)):
    raster = PointRaster()
    raster.clear(*size, "#ffffff", radius)
    table = point_raster.inks(["#000000", "#ff0000"], "#ffffff")
    raster.dots(np.array(at, float).reshape(-1, 2), np.array(code or [0] * len(at)), table, radius)
    return raster.pixels()


def test_a_dot_is_round_and_where_it_should_be():
    sheet = painted([(12.3, 20.7)])
    ink = (255 - (sheet & 255).astype(float)) / 255
    assert ink.sum() == pytest.approx(np.pi * 9, rel=0.06)
    rows, columns = np.indices(sheet.shape)
    assert (ink * (columns + 0.5)).sum() / ink.sum() == pytest.approx(12.3, abs=0.26)
    assert (ink * (rows + 0.5)).sum() / ink.sum() == pytest.approx(20.7, abs=0.26)
    assert sheet[20, 12] == 0xFF000000
    assert len(np.unique(sheet)) > 3  # its rim is smooth


def test_dots_at_the_edge_are_cut_and_those_outside_are_left_out():
    whole, cut = painted([(20, 15)]), painted([(0, 15)])
    assert 0.4 < (cut != 0xFFFFFFFF).sum() / (whole != 0xFFFFFFFF).sum() < 0.6
    assert (cut[:, 20:] == 0xFFFFFFFF).all()  # nothing comes back in on the other side
    for outside in ((-9, 5), (60, 5), (5, -9), (5, 1e9), (-3e8, 4)):
        assert (painted([outside]) == 0xFFFFFFFF).all()


def test_the_last_dot_lies_above_and_no_rim_covers_a_body():
    assert painted([(20, 15), (20, 15)], code=[0, 1])[15, 20] == 0xFFFF0000
    both = painted([(20, 15), (24, 15)], code=[0, 1])
    alone = painted([(20, 15)])
    body = alone == 0xFF000000
    assert set(np.unique(both[body]).tolist()) <= {0xFF000000, 0xFFFF0000}


def test_too_many_pixels_make_smaller_dots():
    assert point_raster.radius_for(6.1, 100) == 6.0
    small = point_raster.radius_for(6.0, 60_000)
    assert 0.75 <= small < 4
    assert 60_000 * point_raster.writes(small) <= point_raster.MOST_WRITES
    assert point_raster.radius_for(6.0, 60_000, most=0) == 6.0


# Index ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def points(rng):
    heaps = np.concatenate([rng.normal(size=(400, 2)) * s + m for s, m in ((0.01, 0), (1, 3), (20, -5))])
    heaps[::100] = np.nan
    return heaps.astype(np.float32)


def test_the_nearest_is_the_nearest(points, rng):
    index = PointIndex(points)
    for x, y in rng.normal(size=(60, 2)) * 8:
        away = np.hypot(*(points - np.float32([x, y])).T)
        best = int(np.nanargmin(away))
        assert index.nearest(x, y, np.inf) == best
        assert index.nearest(x, y, away[best] * 1.01) == best
        assert index.nearest(x, y, away[best] * 0.99) == -1


def test_points_that_do_not_count_are_not_found(points):
    index = PointIndex(points)
    x, y = points[1]
    counts = np.ones(len(points), bool)
    counts[1] = False
    assert index.nearest(x, y, 50.0) == 1
    assert index.nearest(x, y, 50.0, counts) not in (1, -1)


def test_an_outline_catches_what_qt_says_is_inside(points, rng):
    turn = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    star = np.column_stack([np.cos(turn), np.sin(turn)]) * (3 + 2 * np.cos(5 * turn))[:, None] + 1
    knot = rng.normal(size=(9, 2)) * 6  # crosses itself
    for outline in (star, knot):
        polygon = QPolygonF([QPointF(*place) for place in outline])
        said = [
            k
            for k, place in enumerate(points.tolist())
            if np.isfinite(place).all() and polygon.containsPoint(QPointF(*place), Qt.FillRule.OddEvenFill)
        ]
        assert PointIndex(points).inside(outline).tolist() == said
    assert len(PointIndex(points).inside(outline[:2])) == 0


def test_the_next_point_lies_in_the_direction():
    index = PointIndex(np.array([[0, 0], [1, 0.2], [3, 0], [0, 2], [-1, 0]]))
    assert [index.next_to(0, *way) for way in ((1, 0), (0, 1), (-1, 0), (0, -1))] == [1, 3, 4, -1]
    assert index.next_to(0, 1, 0, np.array([1, 0, 1, 1, 1], bool)) == 2


@pytest.mark.parametrize("count", [0, 1])
def test_an_index_of_nothing_or_one(count):
    index = PointIndex(np.zeros((count, 2)))
    assert index.nearest(0.1, 0, 1.0) == count - 1
    assert len(index.inside(np.array([[-1, -1], [1, -1], [0, 2]]))) == count


# Shades --------------------------------------------------------------------------------------------------------------


def test_crowds_are_darker_and_loners_as_they_are(rng):
    points = np.concatenate([rng.normal(size=(4_000, 2)) * 0.2, rng.uniform(-10, 10, (200, 2))]).astype(np.float32)
    crowd = point_density.crowding(points, bounds_of(points), 20.0, 2.0)
    shade = point_density.shades(crowd, len(points))
    assert np.median(shade[:4_000]) > np.median(shade[4_000:]) + 3
    assert shade.max() == point_density.SHADES - 1


def test_a_crowd_is_counted_in_dots():
    same = np.zeros((90, 2), np.float32)
    apart = np.array([[0, 0], [500, 500]], np.float32)
    assert point_density.crowding(same, (0, 0, 0, 0), 1.0, 2.0).min() > 2
    assert point_density.crowding(apart, bounds_of(apart), 1.0, 2.0).max() < 1
    assert point_density.crowding(apart, bounds_of(apart), 1e5, 2.0) is None
    assert (point_density.shades(None, 3) == point_density.SHADES - 1).all()


# Colours -------------------------------------------------------------------------------------------------------------


def test_names_are_counted_and_what_is_none_of_them_is_unknown():
    found = colours_of([0, 1, 1, -1, 7, np.nan], ["cat", "dog"], "label")
    assert found.code.tolist() == [0, 1, 1, 2, 2, 2]
    assert found.entries() == [(0, "cat", 1), (1, "dog", 2), (2, "not known", 3)]
    assert len(shown_colours(found, LIGHT)) == 3


def test_a_quantity_has_a_scale():
    found = colours_of(np.array([1.0, 3.0, 2.0, np.nan, np.inf]), None, "loss")
    assert found.limits == (1.0, 3.0)
    assert found.code.tolist() == [0, 63, 32, 64, 64]
    assert found.entries() == [(64, "not known", 2)]
    assert colours_of(np.full(3, 5.0), None, "loss").code.tolist() == [0, 0, 0]
    assert len(shown_colours(found, DARK)) == 65


def test_a_few_outliers_do_not_take_up_the_scale(rng):
    values = np.concatenate([rng.uniform(0, 1, 500), [90.0]])
    found = colours_of(values, None, "loss")
    assert found.limits[1] < 1
    assert found.ends()[1].startswith("≥ 0.9")
    assert found.code.max() == 63
    assert colours_of(np.linspace(-2, 1, 500), None, "loss").ends() == ("−2", "1")
    assert colours_of(np.append(np.zeros(200), 5.0), None, "loss").limits == (0.0, 5.0)


# Machado, Oliveira and Fernandes 2009, severity 1: none, protan, deutan, tritan; linear RGB.
SIGHTS = np.array([
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
])  # fmt: skip
TO_LMS = np.array([[0.41222, 0.53633, 0.05145], [0.21190, 0.68070, 0.10740], [0.08830, 0.28172, 0.62998]])
TO_OKLAB = np.array([[0.21045, 0.79362, -0.00407], [1.97800, -2.42859, 0.45059], [0.02590, 0.78277, -0.80868]])


@pytest.mark.parametrize("listed", [group_colours.NAMED_LIGHT, group_colours.NAMED_DARK])
def test_ten_names_are_told_apart_by_every_eye(listed):
    share = np.array([rgb(name) for name in listed]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ SIGHTS.transpose(0, 2, 1), 0, 1)  # (4, k, 3)
    lab = np.cbrt(seen @ TO_LMS.T) @ TO_OKLAB.T
    apart = np.linalg.norm(lab[:, :, None] - lab[:, None], axis=-1) + 9 * np.eye(len(listed))
    assert apart[:, :10, :10].min() > 0.1
    assert apart.min() > 0.05
    assert len(set(listed)) == len(listed) == 20


# Pictures ------------------------------------------------------------------------------------------------------------


def test_chosen_pictures_do_not_cover_each_other_and_stay_when_the_map_moves(rng):
    at, rows = rng.uniform(0, 600, (2_000, 2)), np.arange(2_000)
    found = point_thumbs.choose(at, rows, 40.0)
    apart = np.abs(at[found][:, None] - at[found][None]).max(-1) + 99 * np.eye(len(found))
    assert apart.min() >= 40
    assert len(found) > 90
    moved = point_thumbs.choose(at + 13.7, rows, 40.0, set(found))
    assert sorted(moved) == sorted(found)
    assert 5 in point_thumbs.choose(at, rows, 40.0, {5})


def test_pictures_are_asked_for_once_and_the_oldest_go(monkeypatch):
    store = point_thumbs.ThumbnailStore()
    assert store.missing([3, 4]) == [3, 4]
    assert store.missing([4, 5]) == [5]
    monkeypatch.setattr(point_thumbs, "MOST_BYTES", 3 * 8 * 8 * 3)
    store.put([1, 2, 3], [np.zeros((8, 8, 3), np.uint8)] * 3)
    assert isinstance(store.get(1), QImage)
    store.put([4], [np.zeros((8, 8, 3), np.uint8)])
    assert [store.get(row) is not None for row in (1, 2, 3, 4)] == [True, False, True, True]
    assert store.missing([2, 4]) == [2]


# Names ---------------------------------------------------------------------------------------------------------------


def test_groups_have_their_middle_and_the_point_nearest_to_it():
    points = np.array([[0, 0], [2, 0], [1, 0.1], [9, 9], [5, 5], [np.nan, 0]], np.float32)
    first, second = point_groups.groups_of(points, np.array([0, 0, 0, 1, -1, 1]), ["a", "b", "empty"])
    assert (first.name, first.count, first.row) == ("a", 3, 2)
    assert (first.x, first.y) == pytest.approx((1, 0.1 / 3))
    assert (second.name, second.count, second.row) == ("b", 1, 3)


def test_groups_go_where_their_points_go(rng):
    points, code = rng.normal(size=(50, 2)).astype(np.float32), np.arange(50) % 4 - 1
    points[7] = np.nan
    names = ["a", "b", "c"]
    groups = point_groups.groups_of(points, code, names)
    elsewhere = points * 3 + 1
    for one, other in zip(
        point_groups.moved(groups, elsewhere, code), point_groups.groups_of(elsewhere, code, names), strict=True
    ):
        assert (one.code, one.row, one.count) == (other.code, other.row, other.count)
        assert (one.x, one.y) == pytest.approx((other.x, other.y), abs=1e-5)


def test_labels_never_cover_each_other(rng, qapp):
    room = QRectF(0, 0, 300, 200)
    groups = [
        (point_groups.Group(k, f"class {k}", 5, 0, 0, k), QPointF(150 + rng.normal() * 30, 100)) for k in range(12)
    ]
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    placed = point_groups.place(groups, LIGHT, room, lambda _row: picture)
    boxes = [label.box for label in placed]
    assert len(boxes) > 4
    assert not any(a.intersects(b) for k, a in enumerate(boxes) for b in boxes[:k])
    assert all(room.contains(box) for box in boxes)


def test_where_a_picture_does_not_fit_there_is_the_name(qapp):
    groups = [(point_groups.Group(0, "cat", 5, 0, 0, 0), QPointF(30, 15))]
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    low, high = (point_groups.place(groups, LIGHT, QRectF(0, 0, 60, h), lambda _row: picture) for h in (30, 90))
    assert (low[0].image, high[0].image) == (None, picture)
    assert point_groups.place(groups, LIGHT, QRectF(0, 0, 20, 30), lambda _row: picture) == []


# All together --------------------------------------------------------------------------------------------------------


def test_faded_points_lie_below_and_marked_ones_above():
    picture = PointPicture()
    picture.set_points(np.array([[0, 0], [0, 0], [1, 1]]))
    picture.set_colours([0, 1, 1], ["a", "b"], "label")
    view = fitted(picture.extent, 101, 101)
    x, y = view.to_screen(picture.points[:1])[0].astype(int).tolist()
    inks = shown_colours(picture.colours, LIGHT)

    def seen():
        return picture.image(view).pixelColor(x, y).name()

    for code in (0, 1):
        picture.set_bright(frozenset({code}))
        assert seen() == inks[code]
    picture.set_bright(None)
    for row in (0, 1):
        picture.set_marked(np.array([row]))
        assert seen() == inks[row]
    plain = picture.image(view)
    picture.set_marked(np.array([], int))
    assert picture.image(view) != plain  # the rim


def test_values_must_be_as_many_as_points():
    picture = PointPicture()
    picture.set_points(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="2 values for 3 points"):
        picture.set_colours([1, 2], None, "loss")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_groups_named_after_colours_have_those(theme):
    def inks(*names):
        return shown_colours(colours_of(np.arange(len(names)), names, "hue"), theme)

    red, green, unknown = (QColor(ink) for ink in inks("red", "green"))
    assert red.red() > max(red.green(), red.blue())
    assert green.green() > max(green.red(), green.blue())
    assert inks("red", "dog")[0] != red.name()
    assert unknown.name() not in (red.name(), green.name())
