"""The Reconstruct panel with a recorded answer: what it asks, what it draws, painting by hand, following a run, refusals."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QApplication

from app.bridge.example_run import RUN
from app.panels.reconstruct import ReconstructPanel, contents
from app.panels.reconstruct.__main__ import example as alone_example
from app.panels.reconstruct.example import BORROWED, GRID, PATCH, answer, example_answer
from app.panels.reconstruct.hiding import Hiding
from app.panels.reconstruct.panel import FIRST, SHIPPED
from app.widgets.theme import DARK
from sslviz.spec.config import DataConfig
from sslviz.spec.events import Advanced, Answered, Refused
from sslviz.spec.inspection import ModelRef, PictureRef, Rebuild

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Desk:
    """A panel, and what it asked."""

    def __init__(self, panel: ReconstructPanel, qtbot) -> None:
        self.panel, self.qtbot = panel, qtbot
        self.asked: list[Rebuild] = []
        panel.requested.connect(self.asked.append)

    def wait(self, count: int) -> Rebuild:
        """The newest question, once there are so many."""
        self.qtbot.waitUntil(lambda: len(self.asked) >= count)
        assert len(self.asked) == count
        return self.asked[-1]

    def reply(self) -> None:
        """Answer the newest question."""
        self.panel.answered(answer(self.asked[-1]))

    def refuse(self, kind: str = "InspectError", **more: str) -> None:
        words = {"message": "There is no decoder.", "hint": "Open mae_visualize_vit_base.pth."} | more
        self.panel.answered(Refused("", 0, self.asked[-1].request_id, kind, **words))

    def point(self, row: int, column: int, picture: int = 1):
        box = self.panel.page.row.layout_now().boxes[picture]
        return (
            box.topLeft() + QPointF((column + 0.5) / GRID * box.width(), (row + 0.5) / GRID * box.height())
        ).toPoint()


@pytest.fixture
def desk(qtbot) -> Desk:
    panel = ReconstructPanel()
    qtbot.addWidget(panel)
    panel.use_ids(range(1, 1000))
    panel.resize(1280, 720)
    made = Desk(panel, qtbot)
    panel.show()
    made.wait(1)
    return made


@pytest.fixture
def answered(desk) -> Desk:
    """With the first answer drawn."""
    desk.reply()
    return desk


def shown(desk: Desk) -> dict[str, np.ndarray]:
    return {each.name: each.picture for each in desk.panel.page.row.shown}


def test_without_a_choice_it_looks_at_the_model_that_ships(desk):
    desk.panel.look_at(ModelRef(""), None)
    request = desk.wait(1)
    assert (request.model, request.picture) == (SHIPPED, FIRST)
    assert (request.strategy, request.ratio, request.seed, request.hidden, request.normalised) == (
        "random",
        0.75,
        0,
        (),
        None,
    )


def test_it_asks_only_while_it_is_seen(qtbot):
    panel = ReconstructPanel()
    qtbot.addWidget(panel)
    asked = []
    panel.requested.connect(asked.append)
    panel.look_at(ModelRef("x.pth"), None)
    qtbot.wait(50)
    assert asked == []
    panel.show()
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert asked[0].model == ModelRef("x.pth")


def test_five_pictures_with_their_words_the_loss_and_the_caption(answered):
    assert list(shown(answered)) == ["Original", "Masked", "Prediction", "Pasted", "Error"]
    page, given = answered.panel.page, answered.panel.answer
    assert f"{given.loss:.4f}" in page.loss.text()
    assert "147 of 196 patches hidden (75%)" in page.loss.text()
    assert page.caption.text() == given.caption
    assert [each.about for each in page.row.shown[:4]] == list(given.about.values())
    assert page.row.shown[4].scale == ("0", f"{np.nanmax(given.errors):.3g}")
    assert answered.panel.figure()[0] is page.figure


def test_visible_patches_have_no_colour_of_an_error(answered):
    error, given = shown(answered)["Error"], answered.panel.answer
    away = given.hidden.repeat(PATCH, 0).repeat(PATCH, 1)
    assert (error[~away] > 150).all()
    worst = np.unravel_index(np.nanargmax(given.errors), given.errors.shape)
    assert tuple(error[worst[0] * PATCH, worst[1] * PATCH]) == (253, 231, 37)


def test_strategy_ratio_and_seed_are_asked_at_once(answered):
    controls = answered.panel.controls
    controls.strategies.buttons["block"].click()
    request = answered.wait(2)
    assert request.strategy == "block"
    answered.reply()
    controls.ratio.box.setValue(0.5)
    assert answered.wait(3).ratio == 0.5
    answered.reply()
    controls.again.click()
    assert answered.wait(4).seed == 1
    assert controls.seed.value() == 1
    answered.reply()
    controls.seed.setValue(7)
    assert answered.wait(5).seed == 7


def test_no_queue_builds_up_while_an_answer_is_out(answered, qtbot):
    for ratio in (0.2, 0.3, 0.4, 0.9):
        answered.panel.controls.ratio.box.setValue(ratio)
        qtbot.wait(20)
    assert len(answered.asked) == 2
    answered.reply()
    assert answered.wait(3).ratio == 0.9
    answered.reply()
    qtbot.wait(40)
    assert len(answered.asked) == 3


def test_painting_hides_what_the_pointer_touches_at_once_and_asks_for_it(answered, qtbot):
    panel, row = answered.panel, answered.panel.page.row
    before = panel.answer.hidden
    r, c = map(int, np.argwhere(~before)[10])
    original, grey = shown(answered)["Original"], (124, 124, 124)
    qtbot.mousePress(row, LEFT, pos=answered.point(r, c))
    qtbot.mouseRelease(row, LEFT, pos=answered.point(r, c))
    masked = shown(answered)["Masked"]
    assert tuple(masked[r * PATCH + 3, c * PATCH + 3]) == grey  # before any answer
    assert tuple(original[r * PATCH + 3, c * PATCH + 3]) != grey
    request = answered.wait(2)
    wanted = before.copy()
    wanted[r, c] = True
    assert request.strategy == "painted"
    assert np.array_equal(np.array(request.hidden).reshape(GRID, GRID), wanted)
    assert panel.controls.strategy == "painted"
    answered.reply()
    assert np.array_equal(panel.answer.hidden, wanted)


def test_the_right_button_shows_and_a_stroke_leaves_no_gaps(answered, qtbot):
    row = answered.panel.page.row
    qtbot.mousePress(row, RIGHT, pos=answered.point(4, 1, picture=0))
    qtbot.mouseMove(row, answered.point(4, 12, picture=0))
    qtbot.mouseRelease(row, RIGHT, pos=answered.point(4, 12, picture=0))
    assert not answered.panel.wanted[4, 1:13].any()
    answered.wait(2)
    answered.reply()
    assert np.isnan(answered.panel.answer.errors[4, 1:13]).all()


def test_a_wide_brush_and_the_other_way_round(answered, qtbot):
    panel = answered.panel
    panel.show_all()
    answered.wait(2)
    answered.reply()
    assert "nothing is hidden" in panel.page.loss.text()
    panel.controls.brushes.buttons["3"].click()
    qtbot.mouseClick(panel.page.row, LEFT, pos=answered.point(6, 6))
    assert panel.wanted.sum() == 9
    assert panel.wanted[5:8, 5:8].all()
    qtbot.keyClick(panel, Qt.Key.Key_X)
    assert panel.controls.erases
    panel.controls.brushes.buttons["1"].click()
    qtbot.mouseClick(panel.page.row, LEFT, pos=answered.point(6, 6))
    assert panel.wanted.sum() == 8
    assert not panel.wanted[6, 6]


def test_long_words_never_widen_the_view_nor_move_the_pictures(answered):
    panel = answered.panel
    before = panel.minimumSizeHint().width(), panel.page.row.geometry()
    panel.page.row.hover((3.5, 4.5))
    assert panel.page.patch.text()
    QApplication.processEvents()
    assert (panel.minimumSizeHint().width(), panel.page.row.geometry()) == before
    assert panel.page.minimumSizeHint().width() < 400


def test_patches_are_painted_by_keyboard_too(answered, qtbot):
    panel, row = answered.panel, answered.panel.page.row
    panel.show_all()
    row.setFocus()
    qtbot.keyClick(row, Qt.Key.Key_Right)
    at = divmod(row.patch_under, GRID)
    qtbot.keyClick(row, Qt.Key.Key_Down)
    assert divmod(row.patch_under, GRID) == (at[0] + 1, at[1])
    assert f"row {at[0] + 2}, column {at[1] + 1}: visible" in panel.page.patch.text()
    qtbot.keyClick(row, Qt.Key.Key_Space)
    assert list(np.flatnonzero(panel.wanted)) == [row.patch_under]
    qtbot.keyClick(row, Qt.Key.Key_Backspace)
    assert not panel.wanted.any()
    for key, wanted in ((Qt.Key.Key_N, "random"), (Qt.Key.Key_I, "painted")):
        qtbot.keyClick(panel, key)
        assert panel.hiding.strategy == wanted


def test_something_is_always_left_to_see():
    hiding, nearly = Hiding(), np.ones((2, 2), bool)
    nearly[1, 1] = False
    assert not hiding.paint(np.array([3]), nearly, hides=True)
    assert hiding.strategy == "random"
    assert hiding.paint(np.array([0]), nearly, hides=False)
    assert hiding.hidden == (False, True, True, False)
    assert not Hiding().invert(np.zeros((2, 2), bool))
    hiding.suit((3, 3))
    assert hiding.strategy == "random"
    assert hiding.painted is None


def test_a_new_mask_after_painting_is_drawn_as_before(answered):
    panel = answered.panel
    panel.controls.strategies.buttons["grid"].click()
    answered.wait(2)
    answered.reply()
    panel.invert()
    answered.wait(3)
    answered.reply()
    panel.draw_anew()
    request = answered.wait(4)
    assert (request.strategy, request.hidden) == ("grid", ())


def test_the_target_has_a_switch_only_where_the_file_does_not_say(answered):
    panel = answered.panel
    assert panel.controls.targets.isVisible()
    assert panel.controls.targets.value == "pixels"
    panel.controls.targets.buttons["own"].click()
    request = answered.wait(2)
    assert request.normalised is True
    answered.reply()
    assert panel.controls.targets.value == "own"
    assert panel.page.notes.text() == BORROWED
    assert panel.page.notes.isVisible()
    panel.draw_anew()
    told = dataclasses.replace(example_answer(answered.wait(3)), target_stored=True)
    panel.answered(Answered("", 0, answered.asked[-1].request_id, told))
    assert not panel.controls.targets.isVisible()


def test_another_model_is_asked_at_once_and_the_old_answer_is_dropped(answered):
    panel = answered.panel
    panel.draw_anew()
    late = answered.wait(2)
    panel.look_at(ModelRef("other.pth"), None)
    request = answered.wait(3)
    assert request.model == ModelRef("other.pth")
    assert panel.answer is None
    panel.answered(answer(late))
    assert panel.answer is None
    panel.answered(Advanced("", 0, request.request_id, 0.5, "reading weights"))
    assert panel.page.row.message == "reading weights 50 %"
    answered.reply()
    assert panel.page.row.message == ""


def test_a_picture_of_another_view_is_looked_at_and_an_own_one_is_told(answered):
    panel = answered.panel
    told = []
    panel.picture_chosen.connect(told.append)
    panel.show_picture(PictureRef(sample="chelsea", size=(480, 480), fit="pad"))
    request = answered.wait(2)
    assert request.picture == PictureRef(sample="chelsea")
    assert told == []
    answered.reply()
    panel.controls.source.chosen.emit(PictureRef(data=DataConfig(), index=3))
    assert answered.wait(3).picture.index == 3
    assert told == [PictureRef(data=DataConfig(), index=3)]
    panel.controls.fits.buttons["pad"].click()
    assert answered.wait(4).picture.fit == "pad"


def test_an_encoder_alone_says_so_and_offers_the_model_that_ships(answered, qtbot):
    panel = answered.panel
    panel.look_at(ModelRef("mae_pretrain_vit_base.pth"), None)
    answered.wait(2)
    answered.refuse(trace="where it was")
    assert "There is no decoder." in panel.page.why.text()
    assert "mae_visualize_vit_base.pth" in panel.page.why.text()
    assert not panel.controls.strategies.isVisible()
    panel.page.details.click()
    assert QApplication.clipboard().text().endswith("where it was")
    with qtbot.waitSignal(panel.model_chosen) as chosen:
        panel.page.use_shipped.click()
    assert chosen.args == [SHIPPED]
    panel.look_at(SHIPPED, None)
    answered.wait(3)
    answered.reply()
    assert panel.page.currentIndex() == 0
    assert panel.controls.strategies.isVisible()


def test_a_lost_worker_is_asked_again_and_superseded_is_hushed(answered, picture_at):
    panel = answered.panel
    panel.draw_anew()
    answered.wait(2)
    answered.refuse("WorkerLost")
    panel.refresh(None)
    answered.wait(3)
    answered.refuse("Superseded")
    assert panel.answer is not None


def test_a_mask_of_another_grid_gives_way(answered):
    panel = answered.panel
    panel.invert()
    answered.wait(2)
    answered.reply()
    panel.look_at(ModelRef("other.pth"), None)
    answered.wait(3)
    answered.refuse(field="hidden")
    assert answered.wait(4).strategy == "random"


def test_a_run_is_followed_as_fast_as_answers_come_but_not_faster(desk, picture_at, qtbot):
    panel = desk.panel
    panel.look_at(ModelRef("example", run_id=RUN), None)
    panel.refresh(picture_at(100))
    request = desk.wait(2)
    assert request.model.run_id == RUN
    panel.refresh(picture_at(200))
    qtbot.wait(30)
    assert len(desk.asked) == 2  # the first answer is not there yet
    panel.answered(Answered("", 0, request.request_id, dataclasses.replace(example_answer(request), step=120)))
    assert "after step 120" in panel.page.loss.text()
    panel.refresh(picture_at(200))
    assert panel._rest.isActive()
    assert len(desk.asked) == 2  # it was given a moment ago
    request = desk.wait(3)
    panel.answered(Answered("", 0, request.request_id, dataclasses.replace(example_answer(request), step=120)))
    qtbot.waitUntil(lambda: not panel._rest.isActive())
    panel.refresh(picture_at(200))
    qtbot.wait(30)
    assert len(desk.asked) == 3  # the run has not gone on since


def test_other_tasks_show_their_own_pictures_in_their_order(answered):
    panel = answered.panel
    panel.draw_anew()
    request = answered.wait(2)
    tiles = {name: np.full((48, 48, 3), k, np.uint8) for k, name in enumerate(("original", "puzzle", "prediction"))}
    told = dataclasses.replace(
        example_answer(request), pictures=tiles, about={"puzzle": "The order in which the network got them."},
        hidden=np.ones((3, 3), bool), errors=np.eye(3, dtype=np.float32), loss=2.0, target_stored=None,
    )  # fmt: skip
    panel.answered(Answered("", 0, request.request_id, told))
    assert list(shown(answered)) == ["Original", "Puzzle", "Prediction", "Error"]
    assert panel.page.row.shown[1].about == "The order in which the network got them."
    assert not panel.page.row.paintable
    assert not panel.controls.strategies.isVisible()
    assert panel.controls.again.text() == "New puzzle"
    assert panel.controls.seed.isVisible()
    assert not panel.grab().isNull()


def test_the_errors_are_saved_as_numbers(answered, tmp_path):
    answered.panel.save_table(tmp_path / "errors.csv")
    lines = (tmp_path / "errors.csv").read_text().splitlines()
    assert lines[0] == "row,column,hidden,error"
    given = answered.panel.answer
    for k, line in enumerate(lines[1:]):
        row, column, hidden, error = line.split(",")
        assert (int(row) - 1) * GRID + int(column) - 1 == k
        assert bool(int(hidden)) == given.hidden.flat[k]
        assert error == ("" if not int(hidden) else repr(float(given.errors.flat[k])))


@pytest.mark.parametrize("size", [(14, 14), (3, 5)])
def test_patches_become_pixels_for_sizes_that_do_not_divide(size):
    values = np.arange(np.prod(size)).reshape(size)
    spread = contents.spread(values, (50, 64))
    assert spread.shape == (50, 64)
    assert set(np.unique(spread)) == set(values.ravel())
    assert (np.diff(spread, axis=1) >= 0).all()


def test_alone_it_draws_in_the_dark(qtbot):
    panel = alone_example()
    qtbot.addWidget(panel)
    panel.set_theme(DARK)
    panel.show()
    qtbot.waitUntil(lambda: panel.answer is not None)
    assert not panel.grab().isNull()
