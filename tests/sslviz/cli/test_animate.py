"""`sslviz animate`: one frame a snapshot, of the same pictures, beside the curves; what is missing is left out and named."""

import dataclasses

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from sslviz.cli import reel_map
from sslviz.cli.palette import PALETTES
from sslviz.engine import asking
from sslviz.spec.group_colours import colours_for
from sslviz.spec.mapping import MappedRun, MapRun, MapScores

QUICK = ("--dpi", 40, "--threads", 1)


def frames_of(path):
    """(n, H, W, 3) and milliseconds of each."""
    with Image.open(path) as image:
        shown, times = [], []
        for k in range(image.n_frames):
            image.seek(k)
            shown.append(np.asarray(image.convert("RGB")))
            times.append(image.info["duration"])
    return np.stack(shown), times


def snapshots(folder):
    return sorted((folder / "snapshots").glob("step_*.safetensors"))


def test_attention_of_a_shipped_model_changes_and_its_pictures_do_not(command, tmp_path):
    out = tmp_path / "a.gif"
    words = ("--steps", "0,188,449", "--images", "sample:shapes 1", "--ms", 300, "--hold", 900, "--out", out)
    result = command("animate", "dino-shapes", *words, *QUICK)
    assert result.code == 0, result.err
    assert "3 snapshots" in result.out
    frames, times = frames_of(out)
    assert times == [300, 300, 1200]
    wide = frames.shape[2]
    picture, maps = frames[:, 30:60, 8:60], frames[:, 30:60, 70 : wide // 2]
    np.testing.assert_array_equal(picture[0], picture[1])
    assert np.abs(maps[0].astype(int) - maps[1]).mean() > 5


def test_of_a_convolutional_network_the_feature_map_is_shown(command, finished_run, tmp_path):
    out = tmp_path / "a.webp"
    result = command("animate", finished_run, "--out", out, "--once", *QUICK)
    assert result.code == 0, result.err
    assert len(frames_of(out)[0]) == len(snapshots(finished_run))


def test_reconstructions_of_chosen_pictures(command, tmp_path, pictures):
    out = tmp_path / "a.gif"
    folder = pictures(2, size=64)
    words = ("--view", "reconstruction", "--steps", "0,149", "--images", folder, "--ratio", 0.5, "--theme", "dark")
    result = command("animate", "mae-shapes", *words, "--out", out, *QUICK)
    assert result.code == 0, result.err
    assert len(frames_of(out)[0]) == 2
    assert frames_of(out)[0][0, 0, 0].mean() < 80


def mapped(steps, n=40):
    rng = np.random.default_rng(0)
    points = rng.normal(size=(len(steps), n, 2)).astype(np.float32)
    label = np.arange(n) % 3
    scores = tuple(MapScores(0.9, 0.5, 10, n) if k else MapScores(np.nan, np.nan, 10, n) for k in range(len(steps)))
    return MappedRun(
        steps, points, np.arange(n), np.full(n, -1), label, ("a", "b", "c"), scores, "a map", ("Left out.",)
    )


def test_a_map_is_asked_for_all_steps_at_once(command, finished_run, tmp_path, monkeypatch):
    asked = []

    def answer(request, **_):
        asked.append(request)
        return mapped((0, 4, 12))

    monkeypatch.setattr(asking, "ask_and_wait", answer)
    out = tmp_path / "a.gif"
    words = ("--view", "embedding", "--method", "umap", "--neighbours", 7, "--points", 40, "--tokens", "projected")
    result = command("animate", finished_run, *words, "--out", out, *QUICK)
    assert (result.code, result.err) == (0, "note: Left out.\n")
    assert isinstance(asked[0], MapRun)
    assert (asked[0].features.tokens, asked[0].features.images) == ("projected", 40)
    assert (asked[0].layout.method, asked[0].layout.neighbours) == ("umap", 7)
    assert asked[0].features.model.source == str(finished_run)
    assert len(frames_of(out)[0]) == 3


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_points_have_the_colours_of_the_window_and_a_legend_counts_them(theme):
    found = dataclasses.replace(
        mapped((0, 4)), names=("red", "blue", "green"), label=np.where(np.arange(40) < 4, -1, np.arange(40) % 3)
    )
    palette, box = PALETTES[theme], (0.0, 0.0, reel_map.SIDE + reel_map.LEGEND, reel_map.SIDE)
    figure = Figure(figsize=box[2:])
    FigureCanvasAgg(figure)
    reel_map._drawing(found, 1, ((-4, 4), (-4, 4)))(figure, box, palette)
    axes = figure.axes[0]
    drawn = [to_hex(colour) for dots in axes.collections for colour in dots.get_facecolors()]
    assert {*colours_for(found.names, dark=theme == "dark"), palette.border} == set(drawn)
    said = [text.get_text() for text in axes.get_legend().get_texts()]
    assert said == ["red  12", "blue  12", "green  12", "others, unknown  4"]
    assert sum(len(dots.get_offsets()) for dots in axes.collections) == 40


def test_scores_are_said_where_there_are_any():
    assert reel_map.said(MapScores(0.934, 0.51, 15, 100)) == "trustworthiness 0.93, 51% of the 15 nearest kept"
    assert "too few" in reel_map.said(MapScores(np.nan, np.nan, 15, 3))


def test_a_missing_and_a_damaged_snapshot_are_left_out_and_named(command, own_run, tmp_path):
    there = snapshots(own_run)
    gone, damaged = there[1], there[2]
    gone.unlink()
    damaged.write_bytes(b"not a snapshot")
    out = tmp_path / "a.gif"
    result = command("animate", own_run, "--out", out, *QUICK)
    assert result.code == 0, result.err
    assert len(frames_of(out)[0]) == len(there) - 2
    assert f"step {int(gone.stem[5:])} is missing" in result.err
    assert f"Step {int(damaged.stem[5:])} is left out." in result.err


def test_without_any_snapshot_that_can_be_read_nothing_is_written(command, own_run, tmp_path):
    for path in snapshots(own_run):
        path.write_bytes(b"not a snapshot")
    result = command("animate", own_run, "--out", tmp_path / "a.gif", *QUICK)
    assert result.code == 1
    assert result.err.startswith("error: ")
    assert not (tmp_path / "a.gif").exists()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--out", "a.mp4"), "of no kind that moves"),
        (("--out", "nowhere/a.gif"), "There is no folder"),
        (("--out", "a.gif", "--steps", "1,x"), "x is no step"),
        (("--out", "a.gif", "--steps", "7777"), "none of the snapshots"),
        (("--out", "a.gif", "--ms", "1"), "out of range"),
        (("--out", "a.gif", "--dpi", "1"), "out of range"),
        (("--out", "a.gif", "--layer", "99", "--steps", "0"), "no layer"),
        (("--out", "a.gif", "--layer", "zero"), "--layer zero"),
        (("--out", "a.gif", "--head", "9", "--steps", "0"), "There is no head 9"),
        (("--out", "a.gif", "--view", "reconstruction", "--ratio", "2"), "no share"),
        (("--out", "a.gif", "--view", "reconstruction", "--steps", "0"), ""),
        (("--out", "a.gif", "--view", "embedding", "--points", "0"), "cannot be drawn"),
        (("--out", "a.gif", "--view", "embedding", "--neighbours", "1"), "out of range"),
        (("--out", "a.gif", "--images", "nothing.png"), "There is no picture"),
    ],
)
def test_what_cannot_be_is_said_with_a_remedy(command, words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = words if "--images" in words else (*words, "--images", "sample:shapes 1")
    result = command("animate", "dino-shapes", *words, *(() if "--dpi" in words else QUICK))
    assert result.code in (1, 2)
    message, remedy = result.err.strip().split("\n")
    assert message.startswith("error: ")
    assert says in message
    assert remedy
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_said(command, tmp_path):
    for word, says in (("dino-shape", "dino-shapes"), (tmp_path, "Name the folder of a run.")):
        result = command("animate", word, "--out", tmp_path / "a.gif")
        assert result.code in (1, 2)
        assert says in result.err


def test_a_run_that_still_trains_is_shown_as_far_as_it_is(command, own_run, tmp_path):
    journal = own_run / "events.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(line for line in lines if '"Finished"' not in line))
    out = tmp_path / "a.gif"
    assert command("animate", own_run, "--out", out, *QUICK).code == 0
    assert len(frames_of(out)[0]) == len(snapshots(own_run))
