"""The gallery: cards of the models that ship, found, opened, compared and evaluated, all of it by keyboard too."""

from __future__ import annotations

import dataclasses

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication

from app.panels.gallery import GalleryPanel
from app.panels.gallery import models as gallery_models
from app.panels.gallery.example import card, lines
from app.panels.gallery.models import Models, data_words, telling_of
from app.panels.gallery.scores import bars_of, known_measure, notes, other_lines
from sslviz.spec.card import CardMetric
from sslviz.spec.catalogue import Catalogue, shipped_catalogue
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.evaluation import EvaluateRun, Evaluation, EvaluationPlan, Row, Score
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import ListModels, ModelRef
from sslviz.spec.requests import Cancel

Key = Qt.Key


@pytest.fixture
def asked() -> list[object]:
    return []


@pytest.fixture
def panel(qtbot, asked) -> GalleryPanel:
    made = GalleryPanel()
    qtbot.addWidget(made)
    made.use_ids(range(1, 1000))
    made.requested.connect(asked.append)
    made.configure(RunConfig(), shipped_catalogue())
    made.resize(1180, 700)
    made.show()
    request = next(request for request in asked if isinstance(request, ListModels))
    made.answered(Answered("", 0, request.request_id, lines()))
    made.activateWindow()
    made.setFocus()
    return made


def shown(panel: GalleryPanel) -> list[str]:
    return [each.name for each in panel.shelf.cards]


# --- what is shown


def test_every_model_with_a_card_is_there_and_says_what_it_is(panel):
    assert shown(panel) == ["dino-example", "mae-example", "byol-example", "byol-gone"]
    gone = panel.shelf.cards[3]
    assert gone.mark == "collapsed on purpose"
    assert gone.number == "kNN 12 %"
    assert "kNN 12 %; the notch: random weights, 30 %" in gone.tip
    assert (gone.value, gone.baseline) == (0.12, 0.3)
    assert "BYOL" in gone.line
    assert "collapsed on purpose" in panel.shelf.item(3).data(Qt.ItemDataRole.AccessibleTextRole)
    panel.shelf.go_to("byol-gone")
    assert panel.details.collapsed.text() == "Collapsed on purpose: the stop-gradient was switched off"
    assert "It knows hue" in panel.details.weak.text()
    assert panel.details.hash.text() == f"sha256 {'0123456789abcdef' * 4}"
    assert "byol-gone" in panel.figure_caption()


def test_search_and_method_narrow_the_shelf_and_say_when_nothing_is_left(panel, qtbot):
    qtbot.keyClicks(panel.search, "small byol")
    assert shown(panel) == ["byol-example"]
    assert not panel.details.isHidden()
    panel.search.setText("collapsed")
    assert shown(panel) == ["byol-gone"]
    panel.search.setText("no such model")
    assert shown(panel) == []
    assert "Clear the search" in panel.count.text()
    assert panel.details.isHidden()
    panel.search.clear()
    panel.method.setCurrentIndex(panel.method.findData("mae"))
    panel.method.activated.emit(panel.method.currentIndex())
    assert shown(panel) == ["mae-example"]


def test_metrics_stand_beside_their_baselines_and_a_loss_is_said_in_words():
    groups, series, colours = bars_of(card("a", "A", "byol", "resnet_w16"))
    assert series == ("this run", "supervised", "random weights", "raw pixels")
    assert colours == (0, 2, 1, 6)
    assert [group.name for group in groups] == ["kNN", "linear probe"]
    assert [bar.value for bar in groups[0].bars] == [0.62, 0.3, 0.35]
    metrics = card("a", "A", "byol", "resnet_w16").metrics
    assert other_lines(metrics)[0].startswith("loss, this run: 4.7 (4.6 to 4.8)")
    assert notes(metrics) == ["kNN: k 20, T 0.07"]
    assert known_measure("linear on pixels 16 × 16: hue") == "linear probe, hue"
    assert known_measure("object Jaccard at 60% mass") == "Jaccard, 60 % mass"


def test_other_images_and_other_seeds_have_groups_and_series_of_their_own():
    known = card("a", "A", "dino", "vit_d64")
    extra = (
        CardMetric("object AUROC", "this run", 0.98, 0.97, 0.99, "best head"),
        CardMetric("object AUROC", "this run", 0.8, 0.7, 0.9, images="photographs"),
        CardMetric("object AUROC", "seed 1", 0.97, 0.96, 0.98),
        CardMetric("object Jaccard at 60% mass on mixed", "this run", 0.6, 0.5, 0.7, images="shapes:mixed"),
    )
    groups, series, _ = bars_of(dataclasses.replace(known, metrics=(*known.metrics, *extra)))
    assert [group.name for group in groups][-3:] == [
        "object AUROC", "object AUROC (photographs)", "Jaccard, 60 % mass on mixed",
    ]  # fmt: skip
    assert series[-1] == "seed 1"
    metric, _ = telling_of(dataclasses.replace(known, metrics=(*known.metrics, *extra)))
    assert metric.value == 0.98


def test_a_card_without_a_share_tells_no_number():
    bare = dataclasses.replace(card("a", "A", "byol", "x"), metrics=(), data="CIFAR-10, 50,000 images")
    assert telling_of(bare)[0] is None
    assert data_words(bare) == "CIFAR-10"
    models = Models([dataclasses.replace(lines()[0], source="a", card=bare)])
    assert models.items(["a"], Catalogue())[0].number == ""


def test_a_picture_beside_the_weights_is_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(gallery_models, "folder_of", lambda name: tmp_path / name)
    (tmp_path / "dino-example").mkdir()
    image = QImage(8, 8, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.red)
    image.save(str(tmp_path / "dino-example" / "picture.png"))
    models = Models(lines())
    first, second = models.items(["dino-example", "mae-example"], Catalogue())
    assert first.picture.pixelColor(0, 0) == Qt.GlobalColor.red
    assert (second.picture, second.initials) == (None, "MA")


def test_why_there_is_no_list_is_said(qtbot, asked):
    made = GalleryPanel()
    qtbot.addWidget(made)
    made.requested.connect(asked.append)
    made.show()
    made.answered(Refused("", 0, asked[-1].request_id, "WorkerLost", "The worker is gone.", "Start it again."))
    assert made.count.text() == "The worker is gone. Start it again."
    made.hide()
    made.show()
    made.answered(Answered("", 0, asked[-1].request_id, ()))
    assert "No models ship" in made.count.text()


# --- the keyboard


def test_tab_walks_through_everything_that_can_be_done(panel, qtbot):
    panel.shelf.set_ticks(["dino-example", "mae-example"])
    panel.search.setFocus()
    seen = []
    for _ in range(12):
        widget = QApplication.focusWidget()
        if widget in seen:
            break
        seen.append(widget)
        qtbot.keyClick(widget, Key.Key_Tab)
    buttons = panel.details.buttons
    wanted = [panel.search, panel.method, panel.shelf, buttons["open"], buttons["record"], buttons["compare"], buttons["copy"],
              panel.details.own_data.choose]  # fmt: skip
    assert [widget for widget in seen if widget in wanted] == wanted
    assert all(widget.toolTip() or widget.accessibleName() for widget in wanted)


def test_keys_choose_open_tick_and_compare(panel, qtbot):
    opened, compared, recorded = [], [], []
    panel.opened.connect(lambda model, view: opened.append((model, view)))
    panel.compared.connect(compared.append)
    panel.recorded.connect(recorded.append)
    panel.shelf.setFocus()
    panel.shelf.go_to("dino-example")
    qtbot.keyClick(panel.shelf, Key.Key_Return)
    qtbot.keyClick(panel.shelf, Key.Key_Space)
    qtbot.keyClick(panel.shelf, Key.Key_C)  # one is not enough
    assert compared == []
    assert not panel.details.buttons["compare"].isEnabled()
    qtbot.keyClick(panel.shelf, Key.Key_End)
    assert panel.shelf.current_name() == "byol-gone"
    qtbot.keyClick(panel.shelf, Key.Key_Return)
    qtbot.keyClick(panel.shelf, Key.Key_Space)
    assert panel.details.buttons["compare"].text() == "Compare 2"
    qtbot.keyClick(panel.shelf, Key.Key_C)
    qtbot.keyClick(panel.shelf, Key.Key_R)
    assert opened == [(ModelRef("dino-example"), "attention"), (ModelRef("byol-gone"), "embeddings")]
    assert compared == [(ModelRef("dino-example"), ModelRef("byol-gone"))]
    assert recorded[0].endswith("byol-gone")
    qtbot.keyClick(panel.shelf, Key.Key_Slash)
    assert panel.search.hasFocus()


def test_the_oldest_tick_goes_where_there_are_too_many(panel):
    panel.shelf._most = 2
    for name in ("dino-example", "mae-example", "byol-gone"):
        panel.shelf.tick(name)
    assert panel.shelf.ticks == ("mae-example", "byol-gone")
    panel.shelf.tick("mae-example")
    assert panel.shelf.ticks == ("byol-gone",)


def test_a_click_on_the_box_ticks_and_a_click_beside_it_chooses(panel, qtbot):
    place = panel.shelf.visualItemRect(panel.shelf.item(1))
    view, left = panel.shelf.viewport(), Qt.MouseButton.LeftButton
    qtbot.mouseClick(view, left, pos=panel.shelf.box_of(place).center())
    assert panel.shelf.ticks == ("mae-example",)
    place = panel.shelf.visualItemRect(panel.shelf.item(2))
    qtbot.mouseClick(view, left, pos=place.center())
    assert panel.shelf.current_name() == "byol-example"
    assert panel.shelf.ticks == ("mae-example",)


def test_the_command_goes_to_the_clipboard(panel):
    panel.details.buttons["copy"].click()
    assert (
        QGuiApplication.clipboard().text()
        == "sslviz train --config models/dino-example/run.toml --out runs/dino-example"
    )


# --- on other images


def report(data: DataConfig) -> Evaluation:
    score = Score(0.9, 0.8, 0.95, "wilson", (0.9,))
    rows = (Row("this run", "knn", "h", score=score, chance=0.5), Row("supervised", "knn", "h", note="not trained"))
    return Evaluation(
        "f", "dino", "vit_d64", data, 5, EvaluationPlan(), 80, 20, rows, (), ("h",), "Not its own images.", 1.0
    )


def test_a_model_is_evaluated_on_images_of_ones_own(panel, asked, tmp_path):
    own = panel.details.own_data
    own.ask(str(tmp_path))
    request = asked[-1]
    assert isinstance(request, EvaluateRun)
    assert request.data is not None
    assert request.data.source == str(tmp_path)
    assert request.folder.endswith("dino-example")
    assert own.stop.isVisible()
    panel.answered(Advanced("", 0, request.request_id, 0.5, "kNN: this run"))
    assert own.note.text() == "kNN: this run"
    panel.shelf.go_to("mae-example")  # what comes belongs to the model that was asked about
    assert own.note.text() == ""
    panel.answered(Answered("", 0, request.request_id, report(request.data)))
    assert own.bars.isHidden()
    panel.shelf.go_to("dino-example")
    assert own.bars.isVisible()
    assert [bar.value for bar in own.bars.groups[0].bars] == [0.9]
    assert "Not its own images." in own.note.text()


def test_a_refusal_is_said_and_giving_up_is_sent(panel, asked):
    own = panel.details.own_data
    own.ask("cifar10")
    panel.answered(Refused("", 0, asked[-1].request_id, "DataError", "CIFAR-10 is not here.", "Download it."))
    assert own.problem.text() == "CIFAR-10 is not here. Download it."
    own.ask("shapes")
    request = asked[-1]
    own.stop.click()
    assert asked[-1] == Cancel(request.request_id)
    panel.answered(Refused("", 0, request.request_id, "Cancelled", "It was cancelled.", ""))
    assert own.problem.text() == ""
    assert own.choose.isEnabled()


def test_every_data_set_and_ones_own_can_be_chosen(panel):
    own = panel.details.own_data
    own.fill()
    titles = [action.text() for action in own.menu.actions() if action.text()]
    assert titles[:2] == ["Your folder …", "Your zip …"]
    assert {info.title for info in shipped_catalogue().data if info.name != "folder"} == set(titles[2:])
