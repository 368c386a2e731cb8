"""Models in the window: opened by path, name, drop and paste; the current one, its details, and what cannot be opened."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from driving import wait_for_step
from fake_worker import SHIPPED, snapshot_of
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QDialogButtonBox, QLabel

from app.panels.base import Panel
from app.shell.commands import all_commands
from app.shell.handlers import ask_name
from app.shell.model_dialogs import ModelDialog
from app.shell.opening import as_png
from app.shell.sorting import kind_of
from app.widgets.model_card import as_text
from sslviz.spec.config import DataConfig
from sslviz.spec.inspection import ModelRef, PictureRef


class Looker(Panel):
    """A view that looks into models and remembers what it was told."""

    name, title, idle_text, looks = "attention", "Attention", "Nothing yet.", True

    def build(self) -> None:
        self.told: list[tuple[ModelRef, object]] = []
        self.pictures: list[PictureRef] = []

    def look_at(self, model, description) -> None:
        self.told.append((model, description))

    def show_picture(self, picture) -> None:
        self.pictures.append(picture)


class Second(Looker):
    name, title = "reconstruct", "Reconstruct"


class Third(Looker):
    name, title = "embeddings", "Embeddings"


@pytest.fixture
def lookers(monkeypatch) -> None:
    """Views that look, beside Train."""
    from app.panels.train import TrainPanel
    from app.shell import panel_maker

    made = [("train", TrainPanel), ("attention", Looker), ("reconstruct", Second), ("embeddings", Third)]
    monkeypatch.setattr(panel_maker, "find_panels", lambda: iter(made))


@pytest.fixture
def desk(lookers, qtbot, window):
    """A window with these views; the list of models is there."""
    qtbot.waitUntil(lambda: window.models.list.count() == len(SHIPPED))
    return window


def drop(window, *paths: Path, image: QImage | None = None) -> QDropEvent:
    """What the system sends to the window as a whole when something is dropped anywhere on it."""
    mime = QMimeData()
    if paths:
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    if image is not None:
        mime.setImageData(image)
    where, buttons, keys = QPointF(400, 300), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(where.toPoint(), Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(window.windowHandle(), enter)
    assert enter.isAccepted()
    event = QDropEvent(where, Qt.DropAction.CopyAction, mime, buttons, keys)
    QApplication.sendEvent(window.windowHandle(), event)
    return event


def photo(path: Path) -> Path:
    """A small picture, whatever its name says."""
    assert QImage(8, 6, QImage.Format.Format_RGB32).save(str(path), "PNG")
    return path


def test_a_dropped_file_with_an_odd_name_is_opened_and_shown(qtbot, desk, tmp_path):
    odd = tmp_path / "download (3)"
    odd.write_bytes(b"\x80\x02weights")
    assert not desk.views.panels["attention"].isVisible()
    drop(desk, odd)
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef(str(odd)))
    assert desk.views.panels["attention"].isVisible()
    for name in ("attention", "reconstruct"):
        ref, description = desk.views.panels[name].told[-1]
        assert (ref, description.title) == (desk.model.ref, "DINO ViT-S/16, teacher")
    assert "DINO ViT-S/16, teacher" in desk.status.model.text()
    assert desk.model.description.short_hash in desk.status.model.toolTip()
    qtbot.waitUntil(lambda: desk.models.list.count() == len(SHIPPED) + 1)
    assert desk.models.list.currentRow() == 0


def test_what_is_no_model_is_said_and_the_current_one_stays(qtbot, desk, tmp_path):
    desk.model.open(ModelRef("dino-shapes"))
    qtbot.waitUntil(lambda: desk.model.description is not None)
    before = desk.model.ref, desk.model.description
    told = len(desk.views.panels["attention"].told)
    (tmp_path / "notes.txt").write_text("hello")
    desk.open_path(str(tmp_path / "notes.txt"))
    qtbot.waitUntil(lambda: bool(desk.banner.notices))
    assert desk.banner.text.text() == "notes.txt is not a checkpoint. Open a file of weights."
    desk.banner.button("Details").click()
    assert desk.banner.details.toPlainText() == "line 1"
    assert (desk.model.ref, desk.model.description) == before
    assert len(desk.views.panels["attention"].told) == told
    assert not desk.model.is_opening


def test_a_path_that_is_not_there_is_said(desk):
    desk.open_path("/no/such/thing.pth")
    assert "is not there" in desk.banner.text.text()


def test_a_dropped_folder_of_images_becomes_the_data(qtbot, desk, tmp_path):
    (tmp_path / "cats").mkdir()
    drop(desk, tmp_path / "cats")
    qtbot.waitUntil(lambda: "9 images" in desk.inspector.data.note.text())
    assert desk.draft.config.data.source == str(tmp_path / "cats")
    assert desk.inspector.data.sets.currentText() == "cats"


def test_a_picture_goes_to_every_view_and_one_that_looks_comes_to_the_front(desk, tmp_path):
    file = photo(tmp_path / "photo.weird")
    drop(desk, file)
    assert desk.views.panels["attention"].isVisible()
    for name in ("attention", "reconstruct"):
        assert desk.views.panels[name].pictures == [PictureRef(path=str(file))]
    desk.views.show_panel("reconstruct")
    drop(desk, file)
    assert desk.views.panels["reconstruct"].isVisible()


def test_a_map_shows_images_of_its_data_and_leaves_other_pictures_to_others(desk):
    desk.views.show_panel("embeddings")
    desk.looking.show_picture(PictureRef(data=DataConfig(), index=3))
    assert desk.views.panels["embeddings"].isVisible()
    desk.looking.show_picture(PictureRef(sample="chelsea"))
    assert desk.views.panels["attention"].isVisible()


def test_a_picture_chosen_in_one_view_is_told_to_the_others_only(desk):
    first, second = desk.views.panels["attention"], desk.views.panels["reconstruct"]
    first.picture_chosen.emit(PictureRef(sample="chelsea"))
    assert second.pictures == [PictureRef(sample="chelsea")]
    assert first.pictures == []


def test_a_model_and_a_picture_dropped_together_are_both_taken(qtbot, desk, tmp_path):
    (tmp_path / "dino.pth").write_bytes(b"\x80\x02")
    drop(desk, photo(tmp_path / "a.png"), tmp_path / "dino.pth", photo(tmp_path / "b.png"))
    qtbot.waitUntil(lambda: desk.model.ref.source.endswith("dino.pth"))
    assert desk.views.panels["attention"].pictures == [PictureRef(path=str(tmp_path / "a.png"))]


def test_a_picture_without_a_file_can_be_dropped_and_pasted(qtbot, desk):
    image = QImage(5, 4, QImage.Format.Format_RGB32)
    image.fill(0xFF3366)
    pictures = desk.views.panels["attention"].pictures
    drop(desk, image=image)
    qtbot.waitUntil(lambda: len(pictures) == 1)
    QApplication.clipboard().setImage(image)
    desk.actions_table["paste"].trigger()
    qtbot.waitUntil(lambda: len(pictures) == 2)
    dropped, pasted = pictures
    for ref in (dropped, pasted):
        found = QImage.fromData(ref.pixels)
        assert (found.width(), found.height(), found.pixelColor(2, 2).name()) == (5, 4, "#ff3366")


def test_pasting_nothing_is_said(desk):
    QApplication.clipboard().setText("words")
    desk.actions_table["paste"].trigger()
    assert "no picture" in desk.banner.text.text()


def test_a_huge_picture_is_reduced_before_it_is_sent():
    found = QImage.fromData(as_png(QImage(5000, 400, QImage.Format.Format_RGB32)))
    assert (found.width(), found.height()) == (2048, 163)


def test_text_over_a_field_is_left_to_the_field(desk):
    mime = QMimeData()
    mime.setText("tempera")
    event = QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
                            Qt.KeyboardModifier.NoModifier)  # fmt: skip
    assert not desk.opening.eventFilter(desk.windowHandle(), event)


def test_the_rail_and_the_palette_open_models(qtbot, desk):
    item = desk.models.list.item(1)
    desk.models.list.itemActivated.emit(item)
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef("mae-shapes"))
    assert desk.models.list.currentRow() == 1
    command = next(c for c in all_commands(desk) if c.title == "Look into DINO on shapes")
    command.run()
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef("dino-shapes"))
    titles = [c.title for c in all_commands(desk)]
    for title in ("Open model …", "Open model by name …", "Open picture …", "Paste picture", "Details …"):
        assert title in titles


def test_a_name_is_fetched_only_when_the_user_says_so(qtbot, desk):
    dialog = ask_name(desk)
    opens = dialog.buttons.button(QDialogButtonBox.StandardButton.Open)
    assert not opens.isEnabled()
    dialog.field.setText("dino-shapes")
    assert not dialog.fetch.isEnabled()
    dialog.field.setText("timm:vit_tiny")
    assert dialog.fetch.isEnabled()
    assert not dialog.fetch.isChecked()
    opens.click()
    qtbot.waitUntil(lambda: bool(desk.banner.notices))
    assert "not on this computer" in desk.banner.text.text()
    desk.banner.button("Download it").click()
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef("timm:vit_tiny", download=True))
    assert desk.banner.isHidden()


def test_how_far_opening_is_is_said_and_it_can_be_given_up(qtbot, desk):
    desk.model.open(ModelRef("slow.pth"))
    qtbot.waitUntil(lambda: "40 %" in desk.status.message.text())
    assert desk.actions_table["stop_opening"].isEnabled()
    desk.actions_table["stop_opening"].trigger()
    assert not desk.actions_table["stop_opening"].isEnabled()
    assert desk.status.message.text() == "Ready"
    desk.model.open(ModelRef("slow.pth"))
    desk.model.open(ModelRef("dino-shapes"))
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef("dino-shapes"))


def test_details_can_be_copied_and_an_assumption_changed(qtbot, desk):
    desk.model.open(ModelRef("dino-shapes"))
    qtbot.waitUntil(desk.actions_table["model_details"].isEnabled)
    desk.actions_table["model_details"].trigger()
    dialog = desk.findChild(ModelDialog)
    shown = "\n".join(label.text() for label in dialog.card.widget().findChildren(QLabel))
    for words in ("DINO ViT-S/16, teacher", "384 wide", "As in every published DINO.", "head.weight", "torch zip"):
        assert words in shown
    dialog.copy.click()
    assert QApplication.clipboard().text() == as_text(desk.model.description)
    dialog.card.boxes["heads"].textActivated.emit("12")
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef("dino-shapes", heads=12))
    assert desk.model.description.heads == 12
    dialog.card.boxes["network"].textActivated.emit("student")
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef("dino-shapes", network="student", heads=12))
    assert desk.views.panels["attention"].told[-1][1].network == "student"
    dialog.close()


def test_a_run_is_the_current_model_while_it_trains_and_after(qtbot, desk):
    desk.model.open(ModelRef("dino-shapes"))
    qtbot.waitUntil(lambda: desk.model.description is not None)
    desk.actions_table["train"].trigger()
    told = desk.views.panels["attention"].told
    assert told[-1] == (ModelRef(desk.current.folder, run_id=desk.current.run_id), None)
    wait_for_step(qtbot, desk, 3)
    qtbot.waitUntil(lambda: desk.model.description is not None)
    assert told[-1][0].run_id == desk.current.run_id
    assert desk.models.list.item(0).text().startswith("The run that is shown, as it trains")
    assert desk.models.list.currentRow() == 0
    desk.current.control("stop")
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef(desk.current.folder))
    assert told[-1][0].run_id == ""
    assert told[-1][1] is not None


def test_runs_are_not_listed_twice(qtbot, desk):
    desk.actions_table["train"].trigger()
    wait_for_step(qtbot, desk, 3)
    desk.current.control("stop")
    qtbot.waitUntil(lambda: desk.current.folder in {run.folder for run in desk.runs.runs})
    desk.model.open(ModelRef(desk.current.folder))
    qtbot.waitUntil(lambda: desk.current.folder in {line.source for line in desk.model.lines})
    assert desk.models.list.count() == len(SHIPPED) + 1


def test_a_model_stays_while_a_run_trains_and_the_run_is_one_key_away(qtbot, desk):
    desk.actions_table["train"].trigger()
    wait_for_step(qtbot, desk, 3)
    desk.model.open(ModelRef("dino-shapes"))
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef("dino-shapes"))
    wait_for_step(qtbot, desk, 8)
    assert desk.model.ref == ModelRef("dino-shapes")
    assert not desk.model.is_of_run
    desk.actions_table["model_run"].trigger()
    assert desk.model.ref.run_id == desk.current.run_id
    qtbot.waitUntil(lambda: desk.model.description is not None)


def test_snapshots_of_the_run_can_be_looked_into(qtbot, desk):
    from PySide6.QtWidgets import QMenu

    from sslviz.spec.events import SnapshotSaved

    desk.actions_table["train"].trigger()
    wait_for_step(qtbot, desk, 3)
    menu = QMenu(desk)
    desk.models.fill_snapshots(menu)
    assert [a.text() for a in menu.actions()] == ["None yet"]
    saved = snapshot_of(desk.current.folder, 2)
    saved.parent.mkdir(exist_ok=True)
    saved.touch()
    desk.current.picture.fold(SnapshotSaved(desk.current.run_id, 2, str(saved)))
    desk.following.show_model()
    desk.models.fill_snapshots(menu)
    menu.actions()[0].trigger()
    qtbot.waitUntil(lambda: desk.model.ref == ModelRef(desk.current.folder, snapshot=2))
    assert "step 2" in desk.models.list.item(1).text()
    assert desk.models.list.currentRow() == 1


def test_a_model_opened_before_the_views_are_there_waits_for_them(qtbot, lookers, catalogue, open_window):
    window = open_window()
    window.painted.connect(lambda: window.open_path("dino-shapes"))
    with qtbot.waitSignal(window.complete):
        window.show()
    qtbot.waitUntil(lambda: window.model.description is not None)
    assert window.views.panels["attention"].isVisible()
    assert window.views.panels["attention"].told[-1][0] == ModelRef("dino-shapes")


def zipped(path: Path, name: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(name, b"x" * 50)
    return path


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda p: (p / "run.toml").write_text("") or p, "run"),
        (lambda p: (p / "config.json").write_text("{}") and p, "model"),
        (lambda p: (p / "weights.SafeTensors").write_text("{}") and p, "model"),
        (lambda p: (p / "cat.png").write_text("") or p, "images"),
        (lambda p: zipped(p / "photos.zip", "cats/1.png"), "images"),
        (lambda p: zipped(p / "model.zip", "archive/data.pkl"), "model"),
        (lambda p: (p / "torn.zip").write_text("torn") and p / "torn.zip", "images"),
        (lambda p: zipped(p / "model.pth", "archive/data.pkl"), "model"),
        (lambda p: photo(p / "picture.pth"), "picture"),
        (lambda p: (p / "empty").touch() or p / "empty", "model"),
        (lambda p: p / "gone.pth", "nothing"),
        (lambda _: "timm:vit_tiny", "model"),
        (lambda _: "dino-shapes", "model"),
    ],
)  # fmt: skip
def test_what_lies_at_a_path_is_told_from_its_bytes(make, kind, tmp_path):
    assert kind_of(str(make(tmp_path))) == kind


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_pictures_of_every_common_format_are_pictures(format_, tmp_path):
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(buffer, format_)
    (tmp_path / "file").write_bytes(buffer.getvalue())
    assert kind_of(str(tmp_path / "file")) == "picture"
