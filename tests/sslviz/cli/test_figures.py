"""Figures: every measure is drawn where it was measured, references and flips are marked, files are what they say."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.widgets.theme import THEMES
from sslviz.cli.curves import smoothed
from sslviz.cli.figure import chosen, measures_of, overview
from sslviz.cli.palette import PALETTES
from sslviz.engine.record import RunRecord, open_run
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Scalars, Started
from tests.pdf_pages import page_of, words_of


@pytest.fixture(scope="module")
def record(finished_run):
    return open_run(finished_run)


def titles(figure):
    return [axes.get_title(loc="left") for axes in figure.axes]


def words(axes):
    return " ".join(text.get_text() for text in axes.texts)


@pytest.mark.parametrize("name", PALETTES)
def test_the_colours_are_those_of_the_window(name):
    palette, theme = PALETTES[name], THEMES[name]
    for field in ("plot", "panel", "text", "muted", "border", "good", "note", "warning", "series"):
        assert getattr(palette, field) == getattr(theme, field)


def test_the_overview_has_its_nine_panels(record):
    figure = overview(record, PALETTES["light"])
    assert titles(figure) == [
        "loss", "kNN accuracy", "alignment and uniformity (z)", "std × √d", "RankMe: effective rank", "own pair found",
        "singular values (z), last look", "learning rate",
    ]  # fmt: skip
    loss, knn, plane, std = figure.axes[:4]
    assert "negatives: on → off" in words(loss)
    assert "raw pixels" in words(knn)
    assert "spread evenly" in words(std)
    assert "not measured" not in words(plane)
    heading = " ".join(text.get_text() for text in figure.texts)
    assert "simclr on shapes" in heading
    assert "seed 0" in heading


def test_points_are_drawn_where_they_were_measured(record):
    figure = chosen(record, ["knn"], PALETTES["light"])
    curve = figure.axes[0].get_lines()[0]
    np.testing.assert_array_equal(curve.get_xdata(), record["knn"][0])
    np.testing.assert_array_equal(curve.get_ydata(), record["knn"][1])
    assert curve.get_marker() == "o"


def test_reference_lines_and_flips_lie_where_they_should(record):
    axes = chosen(record, ["knn"], PALETTES["light"]).axes[0]
    levels = {line.get_ydata()[0] for line in axes.get_lines() if list(line.get_xdata()) == [0, 1]}
    assert levels == {value for (measure, _), value in record.references.items() if measure == "knn"}
    assert any(list(line.get_xdata()) == [6, 6] for line in axes.get_lines())


def test_what_was_not_measured_is_said(record):
    empty = RunRecord(Path("x"))
    empty.fold(Started("", 0, RunConfig(), "x", False, "cpu", "", 1, 1, 1))
    for axes in overview(empty, PALETTES["dark"]).axes:
        assert "not measured in this run" in words(axes)


def test_infinite_values_do_not_break_the_axes():
    record = RunRecord(Path("x"))
    record.fold(Started("", 0, RunConfig(), "x", False, "cpu", "", 1, 1, 1))
    values = np.array([[1.0], [np.inf], [2.0]])
    record.fold(Scalars("", 3, ("loss",), np.array([1, 2, 3]), values))
    axes = overview(record, PALETTES["light"]).axes[0]
    assert np.all(np.isfinite(axes.get_ylim()))


def test_smoothing_looks_only_back_and_keeps_a_constant():
    np.testing.assert_allclose(smoothed(np.full(9, 3.0), 0.9), 3.0)
    values = np.arange(9.0)
    np.testing.assert_allclose(smoothed(values, 0.9)[:5], smoothed(values[:5], 0.9))


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_run_is_drawn_into_every_format(command, finished_run, tmp_path, suffix):
    out = tmp_path / f"figure{suffix}"
    assert command("plot", finished_run, "--out", out, "--measures", "loss,knn", "--dpi", 60).out == f"Wrote {out}.\n"
    start = {".png": b"\x89PNG", ".svg": b"<?xml", ".pdf": b"%PDF"}[suffix]
    assert out.read_bytes().startswith(start)
    if suffix == ".svg":
        assert "kNN accuracy" in out.read_text()  # text that can be searched and edited


def test_a_pdf_shows_what_the_picture_shows(command, finished_run, tmp_path):
    for suffix in ("pdf", "png"):
        command("plot", finished_run, "--out", tmp_path / f"a.{suffix}", "--measures", "loss,knn", "--dpi", 96)
    page = page_of(tmp_path / "a.pdf")
    with Image.open(tmp_path / "a.png") as image:
        picture = np.asarray(image.convert("RGB"), float)
    assert np.abs(np.subtract(page.shape, picture.shape)).max() <= 1
    high, wide = (min(a, b) // 16 * 16 for a, b in zip(page.shape[:2], picture.shape[:2], strict=True))
    squares = [a[:high, :wide].reshape(high // 16, 16, wide // 16, 16, 3).mean((1, 3)) for a in (page, picture)]
    assert np.abs(squares[0] - squares[1]).max() < 64
    assert np.ptp(squares[0]) > 64
    assert "kNN accuracy" in words_of(tmp_path / "a.pdf")


def test_a_model_that_ships_is_drawn_by_its_name_with_all_its_settings_in_sight(command, tmp_path):
    assert command("plot", "dino-shapes", "--out", tmp_path / "a.pdf").code == 0
    told = words_of(tmp_path / "a.pdf")
    assert "norm_last_layer on." in told  # the last of many settings
    assert "rank only within one method." in told


def test_drawing_does_not_touch_the_run(command, own_run, tmp_path):
    before = {path: path.read_bytes() for path in own_run.rglob("*") if path.is_file()}
    command("plot", own_run, "--out", tmp_path / "figure.png", "--theme", "dark")
    assert {path: path.read_bytes() for path in own_run.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--out", "figure.bmp"), "figure.bmp is of no kind that can be drawn.\nEnd it with .png, .svg, .pdf."),
        (("--out", "figure.png", "--measures", "los"), "no measure called 'los'.\nDid you mean loss?"),
        (("--out", "figure.png", "--dpi", "5"), "5 dots an inch is out of range."),
        (("--out", "nowhere/figure.png"), "No such file or directory: nowhere"),
    ],
)
def test_misuse_of_plot(command, finished_run, tmp_path, monkeypatch, more, said):
    monkeypatch.chdir(tmp_path)
    result = command("plot", finished_run, *more)
    assert result.code in (1, 2)
    assert said in result.err
    assert not list(tmp_path.iterdir())


def test_measures_come_in_the_order_of_the_catalogue(record):
    names = measures_of(record)
    assert names.index("loss") < names.index("knn")
    assert [name for name in names if name.startswith("part.")]


def test_a_contact_sheet_shows_originals_views_and_single_operations(command, tmp_path):
    words = ("--data", "shapes", "--set", "data.count=40", "--set", "data.preset=lesson", "--count", 2)
    for name, more in (("a", ()), ("b", ()), ("c", ("--seed", 1)), ("d", ("--set", "augment.crop=off"))):
        assert command("augment", *words, *more, "--out", tmp_path / f"{name}.png").code == 0
    a, b, c, d = ((tmp_path / f"{name}.png").read_bytes() for name in "abcd")
    assert a == b
    assert a != c
    assert a != d
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.width > sheet.height > 300


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--recipe", "simcrl"), "no augmentation recipe called 'simcrl'"),
        (("--images", "1,x"), "'1,x' is no list of images."),
        (("--images", "100"), "There is no training image 100.\nThey are numbered 0 to"),
        (("--set", "augment.crops=off"), "no setting 'crops'"),
    ],
)
def test_misuse_of_augment(command, tmp_path, more, said):
    words = ("--data", "shapes", "--set", "data.count=40", "--set", "data.preset=lesson", "--out", tmp_path / "x.png")
    result = command("augment", *words, *more)
    assert result.code in (1, 2)
    assert said in result.err
