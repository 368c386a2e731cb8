"""Editors, form and fuzzy search: what they accept, show, and leave alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from app.widgets.editors import NOTCHES, NumberEditor, make_editor
from app.widgets.form import Section, explain
from app.widgets.fuzzy import score
from app.widgets.status import duration, size
from sslviz.spec.params import ParamInfo

TAU = ParamInfo(
    "tau", "float", 0.2, "temperature", 0.01, 2.0, "log", symbol="τ", paper="0.5", up="softer", down="harder"
)
STEPS = ParamInfo("steps", "int", 100, "steps", 1, 100_000_000, live=False)


@pytest.fixture
def tau(qtbot):
    editor = make_editor(TAU)
    qtbot.addWidget(editor)
    return editor


def test_a_log_slider_is_in_the_middle_at_the_geometric_mean(tau):
    tau.set_value((0.01 * 2.0) ** 0.5)
    assert tau.slider.value() == NOTCHES // 2


def test_what_is_typed_counts_with_a_comma_too_and_out_of_range_does_not(qtbot, tau):
    got = []
    tau.changed.connect(got.append)
    tau.box.lineEdit().setText("0,5")
    qtbot.keyClick(tau.box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: got == [0.5])
    tau.box.lineEdit().setText("7")
    qtbot.keyClick(tau.box, Qt.Key.Key_Return)
    assert tau.value() == 0.5


def test_showing_a_value_sends_nothing_and_keeps_its_digits(qtbot, tau):
    with qtbot.assertNotEmitted(tau.changed, wait=400):
        tau.set_value(1 / 3)
        tau.box.setFocus()
        tau.slider.setFocus()
    assert tau.value() == pytest.approx(1 / 3, abs=1e-9)


def test_a_dragged_slider_is_one_change(qtbot, tau):
    got = []
    tau.changed.connect(got.append)
    for notch in range(100, 200):
        tau.slider.setValue(notch)
    qtbot.waitUntil(lambda: bool(got))
    assert len(got) == 1


def test_the_wheel_changes_nothing_while_scrolling_past(tau):
    centre = QPointF(tau.slider.rect().center())
    wheel = QWheelEvent(centre, centre, QPoint(0, 120), QPoint(0, 120), Qt.MouseButton.NoButton,
                        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(tau.slider, wheel)
    assert tau.value() == 0.2


def test_a_huge_range_has_no_slider(qtbot):
    editor = make_editor(STEPS)
    qtbot.addWidget(editor)
    assert isinstance(editor, NumberEditor)
    assert editor.slider.isHidden()


def test_the_tooltip_says_range_paper_effect_and_lock():
    text = explain(TAU, "Fixed for now.")
    for part in (
        "temperature τ",
        "0.01 to 2, log scale",
        "Paper: 0.5",
        "Raise: softer",
        "Lower: harder",
        "Fixed for now.",
    ):
        assert part in text


def test_reset_search_and_locks(qtbot):
    section = Section("Method")
    qtbot.addWidget(section)
    section.set_params([("tau", TAU), ("steps", STEPS)])
    got = []
    section.changed.connect(lambda key, value: got.append((key, value)))
    section.set_values({"tau": 0.7})
    row = section.rows["tau"]
    assert row.reset.isEnabled()
    row.reset.click()
    assert got == [("tau", 0.2)]
    assert not row.reset.isEnabled()
    assert section.search("temp") == 1
    assert section.rows["steps"].editor.isHidden()
    assert section.search("") == 2
    section.set_locks(["steps"], "Not now.")
    assert "Not now." in section.rows["steps"].editor.toolTip()
    assert "Not now." not in row.editor.toolTip()


def test_a_refused_value_is_outlined_with_the_sentence_below_until_it_is_right(qtbot):
    section = Section("Method")
    qtbot.addWidget(section)
    section.set_params([("tau", TAU), ("steps", STEPS)])
    section.resize(360, 200)
    section.show()
    row, height = section.rows["steps"], section.sizeHint().height()
    section.set_problem("steps", "Too many. Take fewer.")
    assert row.problem is not None
    assert row.problem.isVisible()
    assert row.problem.text() == row.editor.accessibleDescription() == "Too many. Take fewer."
    assert section.sizeHint().height() > height
    QApplication.processEvents()  # the layout makes room for the frame
    colours = {row.editor.grab().toImage().pixelColor(1, y).name() for y in range(8, 12)}
    assert section.theme.warning in colours
    assert section.rows["tau"].problem is None
    assert section.search("temp") == 1
    assert not row.problem.isVisible()
    section.search("")
    section.set_problem("tau", "Too hot.")
    assert not row.problem.isVisible()
    assert row.editor.accessibleDescription() == ""
    section.set_problem("", "")
    QApplication.processEvents()
    assert section.sizeHint().height() == height
    assert section.theme.warning not in {row.editor.grab().toImage().pixelColor(1, y).name() for y in range(8, 12)}


def test_a_reset_leads_to_the_recipes_value(qtbot):
    section = Section("Method")
    qtbot.addWidget(section)
    section.set_params([("tau", TAU)])
    section.set_starts({"tau": 0.5})
    section.set_values({"tau": 0.5})
    row = section.rows["tau"]
    assert not row.reset.isEnabled()
    assert "0.5" in row.reset.toolTip()
    section.set_values({"tau": TAU.default})
    row.reset.click()
    assert row.editor.value() == 0.5


@pytest.mark.parametrize(("query", "better", "worse"), [
    ("tem", "temperature", "item"), ("ns", "new seed", "negatives"), ("dark", "Dark", "d a r k"),
])  # fmt: skip
def test_fuzzy_order(query, better, worse):
    assert score(query, better) > score(query, worse) > 0
    assert score("zzz", better) == 0


def test_units():
    assert (duration(59), duration(61), duration(3_700), duration(float("nan"))) == (
        "59 s",
        "1 min 1 s",
        "1 h 1 min",
        "",
    )
    assert (size(512), size(3e5), size(2.5e7), size(8.1e9)) == ("512 B", "300 kB", "25 MB", "8.1 GB")
