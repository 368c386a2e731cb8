"""An animation from the window: a picture of every snapshot as it is seen, written by the worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_worker import snapshot_of
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel, QVBoxLayout

from app.panels.base import Panel
from app.shell import recording
from app.shell.frame_picture import STRIP, FramePicture
from app.widgets.progress_box import ProgressBox
from app.widgets.theme import DARK, LIGHT
from app.widgets.timeline_track import example
from sslviz.spec.animation import WriteAnimation
from sslviz.spec.config import RunConfig, to_toml

STEPS = (0, 10, 100)


class Shade(Panel):
    """A view that is as bright as the step is late."""

    name, title, idle_text = "train", "Shade", "Nothing yet."

    def build(self) -> None:
        self.shade = QLabel("", self)
        QVBoxLayout(self).addWidget(self.shade)

    def at_step(self, step) -> None:
        self.shade.setStyleSheet(f"background: rgb({(step or 200)}, 0, 0);")


@pytest.fixture
def shown(monkeypatch, qtbot, request, tmp_path):
    """A window on a run with three snapshots, whose one view follows the timeline."""
    from app.shell import panel_maker

    monkeypatch.setattr(panel_maker, "find_panels", lambda: iter([("train", Shade)]))
    monkeypatch.setattr(recording, "QUIET", 2)
    window = request.getfixturevalue("window")
    folder = tmp_path / "kept"
    (folder / "snapshots").mkdir(parents=True)
    (folder / "run.toml").write_text(to_toml(RunConfig(steps=200)))
    (folder / "saved").write_text("200")
    for step in STEPS:
        snapshot_of(str(folder), step).write_bytes(b"weights")
    window.current.open(str(folder))
    qtbot.waitUntil(lambda: len(window.timeline.travel.stops) == len(STEPS))
    return window


def reds(paths):
    """How bright the middle of each picture is."""
    made = [QImage(path) for path in paths]
    return [image.pixelColor(image.width() // 2, image.height() // 3).red() for image in made]


def test_every_snapshot_is_taken_as_it_is_seen(qtbot, shown, tmp_path, monkeypatch):
    asked, send = [], shown.bridge.send

    def spy(request):
        if isinstance(request, WriteAnimation):
            asked.append((request, reds(request.frames), {QImage(p).size().toTuple() for p in request.frames}))
        send(request)

    monkeypatch.setattr(shown.bridge, "send", spy)
    shown.timeline.bar.go(1)
    shown.timeline.bar.set_speed(4)
    out = tmp_path / "a.gif"
    with qtbot.waitSignal(shown.timeline.recording.ended) as ended:
        shown.timeline.recording.start(str(out))
        assert shown.findChild(ProgressBox).isVisible()
    request, seen, sizes = asked[0]
    assert ended.args == [str(out)]
    assert seen == [200, 10, 200]  # step 0 counts as none here
    assert len(sizes) == 1
    assert (request.ms, request.path) == (250, str(out))
    assert "Wrote" in shown.status.message.text()
    assert shown.timeline.bar.at == 1  # where it was before
    assert not any(Path(frame).exists() for frame in request.frames)
    assert not shown.timeline.recording.is_running


def test_a_snapshot_that_vanished_is_left_out(qtbot, shown, tmp_path, monkeypatch):
    snapshot_of(shown.current.folder, 10).unlink()
    out = tmp_path / "a.gif"
    with qtbot.waitSignal(shown.timeline.recording.ended):
        shown.timeline.recording.start(str(out))
    assert len(out.read_text().splitlines()) == 2
    assert "no snapshot of step 10" in shown.banner.notices[0].message


def test_giving_up_leaves_no_file(qtbot, shown, tmp_path):
    out = tmp_path / "a.gif"
    shown.timeline.recording.start(str(out))
    qtbot.waitUntil(lambda: len(shown.timeline.recording._frames) > 0)
    shown.findChild(ProgressBox).button.click()
    assert not shown.timeline.recording.is_running
    assert not out.exists()


def test_a_picture_that_comes_too_late_is_not_taken(qtbot, shown, tmp_path):
    held = shown.timeline.recording
    held.start(str(tmp_path / "a.gif"))
    held.give_up()
    held._kept.emit(str(tmp_path / "0000.png"), True)
    assert (held._frames, held.is_running) == ([], False)


def test_a_picture_that_cannot_be_kept_ends_it_with_a_sentence(qtbot, shown, tmp_path, monkeypatch):
    monkeypatch.setattr(QImage, "save", lambda *_: False)
    with qtbot.waitSignal(shown.timeline.recording.ended) as ended:
        shown.timeline.recording.start(str(tmp_path / "a.gif"))
    assert ended.args == [""]
    assert "could not be kept" in shown.banner.notices[0].message


def test_another_ending_is_refused(qtbot, shown, tmp_path):
    shown.timeline.recording.start(str(tmp_path / "a.mp4"))
    assert "of no kind that moves" in shown.banner.notices[0].message
    assert not shown.timeline.recording.is_running


def test_a_file_is_asked_for(qtbot, shown, tmp_path, monkeypatch):
    from app.shell.recording import QFileDialog

    out = tmp_path / "named"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(out), ""))
    with qtbot.waitSignal(shown.timeline.recording.ended) as ended:
        shown.actions_table["animation"].trigger()
    assert ended.args == [f"{out}.gif"]


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_below_the_view_stands_where_it_is(qtbot, theme):
    view, track = QLabel(""), example()
    for widget in (view, track):
        qtbot.addWidget(widget)
    view.setStyleSheet("background: #00ff00;")
    view.resize(600, 200)
    track.resize(900, track.sizeHint().height())
    taken = FramePicture(view, track, "first: step 137 of 1,600", theme)
    assert taken.go_on()
    assert taken.image().pixelColor(300, STRIP - 1).name() == "#00ff00"
    assert taken.image().pixelColor(300, STRIP).name() == theme.window  # the rest waits for its turn
    assert taken.go_on()
    assert not taken.go_on()
    picture = taken.image()
    assert picture.width() == 600
    assert picture.height() > 200
    assert {picture.pixelColor(300, y).name() for y in range(200)} == {"#00ff00"}
    inks = {picture.pixelColor(x, y).name() for x in range(600) for y in range(200, picture.height())}
    assert {theme.accent, theme.window} <= inks
    words = {picture.pixelColor(x, y).name() for x in range(200) for y in range(200, picture.height())}
    assert theme.text in words
