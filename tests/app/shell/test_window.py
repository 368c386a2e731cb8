"""The window on a worker process: first paint, the main path by keyboard, death and restart, closing, themes, presenter."""

from __future__ import annotations

import dataclasses
import gc
import os
import signal
import sys
from pathlib import Path

import fake_worker
import psutil
import pytest
from driving import current_step, wait_for_step
from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QApplication, QWidget

from app.shell import application, troubles
from app.shell.appearance import LARGE
from app.shell.commands import all_commands
from app.shell.data_chooser import SOURCE
from app.widgets.banner import Notice
from app.widgets.theme import DARK, LIGHT
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.events import Failed, Finished
from sslviz.spec.requests import Watch


def press(qtbot, window, key, *modifiers):
    combined = Qt.KeyboardModifier.NoModifier
    for modifier in modifiers:
        combined |= modifier
    qtbot.keyClick(QApplication.focusWidget() or window, key, combined)


CTRL = Qt.KeyboardModifier.ControlModifier


def test_the_first_paint_waits_for_no_worker(qtbot, open_window, monkeypatch):
    monkeypatch.setattr(application, "shipped_catalogue", Catalogue)
    window = open_window(lambda _: [sys.executable, "-c", "import time; time.sleep(60)"])
    with qtbot.waitSignal(window.painted):
        window.show()
    assert window.bridge.worker_pid is not None
    assert not window.bridge.is_ready
    assert "Waiting" in window.rail.list.item(0).text()
    assert not window.actions_table["train"].isEnabled()


def test_nothing_flashes_beside_the_window(qtbot, qapp, catalogue, open_window):
    class Watch(QObject):
        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
                shown.append(type(watched).__name__)
            return False

    shown, watch = [], Watch()
    window = open_window()
    qapp.installEventFilter(watch)
    with qtbot.waitSignal(window.complete):
        window.show()
    qapp.removeEventFilter(watch)
    assert shown == ["MainWindow"]
    assert window.banner.isHidden()


def test_what_stays_with_the_window_is_not_searched_for_cycles(window):
    assert gc.get_freeze_count() > 1_000
    window.close()
    assert gc.get_freeze_count() == 0


def test_importing_the_window_imports_nothing_heavy(tmp_path):
    import subprocess

    code = "import sys, app.shell.main_window as m; print(sorted({'torch', 'scipy', 'sklearn', 'umap', 'pyqtgraph'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_main_path_needs_the_keyboard_only(qtbot, window):
    window.activateWindow()
    window.setFocus()
    press(qtbot, window, Qt.Key.Key_R, CTRL)
    wait_for_step(qtbot, window, 5)
    press(qtbot, window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.current.picture.state == "paused")
    at = current_step(window)
    press(qtbot, window, Qt.Key.Key_Right, CTRL)
    qtbot.waitUntil(lambda: current_step(window) == at + 1)
    press(qtbot, window, Qt.Key.Key_Space)
    wait_for_step(qtbot, window, at + 5)
    press(qtbot, window, Qt.Key.Key_K, CTRL)
    qtbot.keyClicks(window.palette_box.field, "stop")
    press(qtbot, window, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.current.picture.state == "stopped")
    folder, at = window.current.folder, current_step(window)
    press(qtbot, window, Qt.Key.Key_R, CTRL, Qt.KeyboardModifier.ShiftModifier)
    wait_for_step(qtbot, window, at + 5)
    assert window.current.folder == folder


def test_train_pressed_again_before_the_worker_made_a_folder_names_another(qtbot, window):
    folders = []
    window.current.changed.connect(lambda: folders.append(window.current.folder))
    for _ in range(3):
        press(qtbot, window, Qt.Key.Key_R, CTRL)
    assert len(set(folders)) == 3
    wait_for_step(qtbot, window, 3)
    assert window.current.folder == folders[-1]


def test_a_live_setting_steers_the_run_and_a_fixed_one_says_why_it_does_not(qtbot, training):
    section = training.inspector.sections["method"]
    section.rows["negatives"].editor.box.click()
    picture = training.current.picture
    qtbot.waitUntil(lambda: bool(picture.flips))
    assert (picture.flips[0].name, picture.flips[0].after) == ("negatives", False)
    width = section.rows["width"]
    assert "next run" in width.editor.toolTip()
    assert width.mark.pixmap().width() > 0
    width.editor.set_value(128)
    section._changed("width", 128)
    assert training.draft.config.params["width"] == 128
    assert picture.started.config.params["width"] == 64
    training.current.control("stop")
    qtbot.waitUntil(lambda: picture.state == "stopped")
    qtbot.waitUntil(lambda: "next run" not in width.editor.toolTip())


def test_closed_and_opened_again_the_run_is_in_the_list_and_goes_on(qtbot, open_window, training):
    folder, pid = training.current.folder, training.bridge.worker_pid
    training.close()
    assert not psutil.pid_exists(pid)
    saved = int((Path(folder) / "saved").read_text())
    assert saved >= 3
    again = open_window()
    again.show()
    qtbot.waitUntil(lambda: bool(again.runs.runs))
    item = again.runs.list.item(0)
    assert f"{saved:,} of 2,000" in item.text()
    again.runs.list.itemActivated.emit(item)
    qtbot.waitUntil(again.actions_table["resume"].isEnabled)
    assert not again.current.is_live
    again.actions_table["resume"].trigger()
    wait_for_step(qtbot, again, saved + 3)
    assert again.current.folder == folder


def test_a_killed_worker_is_told_restarted_and_the_run_offered(qtbot, training):
    os.kill(training.bridge.worker_pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(training.banner.notices))
    assert "SIGKILL" in training.banner.text.text()
    assert not training.actions_table["pause"].isEnabled()
    (Path(training.current.folder) / "saved").write_text("3")
    qtbot.waitUntil(lambda: training.bridge.is_ready)
    training.banner.button("Resume the run").click()
    wait_for_step(qtbot, training, 6)
    assert training.banner.isHidden()


def test_a_worker_that_does_not_start_has_a_button(qtbot, open_window, catalogue):
    window = open_window(lambda _: [sys.executable, "-c", "raise SystemExit('broken')"])
    window.show()
    qtbot.waitUntil(lambda: bool(window.banner.notices))
    assert "broken" in window.banner.details.toPlainText()
    window.bridge._command = fake_worker.command
    window.banner.button("Restart worker").click()
    qtbot.waitUntil(lambda: window.bridge.is_ready)


def test_out_of_memory_offers_half_the_batch(qtbot, training):
    run = training.current.run_id
    for event in (Failed(run, 5, "OutOfMemory", "No memory."), Finished(run, 5, "failed", "")):
        training.bridge._mailbox.put(event)
    qtbot.waitUntil(lambda: bool(training.banner.notices))
    half = training.current.picture.started.config.batch_size // 2
    training.banner.button(f"Half the batch ({half})").click()
    wait_for_step(qtbot, training, 2)
    assert training.current.picture.started.config.batch_size == half


def test_themes_reach_qt_and_every_panel(qtbot, window):
    for name, theme in (("dark", DARK), ("light", LIGHT)):
        window.actions_table[name].trigger()
        assert QApplication.palette().window().color().name() == theme.window
        assert {panel.theme for panel in window.views.panels.values()} == {theme}
        assert window.settings.value("window/theme") == name


def test_presenter_hides_the_clutter_and_gives_it_back(qtbot, window):
    size = QApplication.font().pointSizeF()
    press(qtbot, window, Qt.Key.Key_F5)
    hidden = (window.frame.left, window.frame.right, window.status, window.menuBar())
    assert all(widget.isHidden() for widget in hidden)
    assert window.isFullScreen()
    assert QApplication.font().pointSizeF() == pytest.approx(LARGE * size)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not any(widget.isHidden() for widget in hidden)
    assert QApplication.font().pointSizeF() == pytest.approx(size)


def test_the_palette_finds_actions_methods_data_and_settings(qtbot, window):
    for words, title in (("tempera", "temperature τ"), ("cifar", "CIFAR-10"), ("simc", "SimCLR"), ("dark", "Dark")):
        window.open_palette()
        qtbot.keyClicks(window.palette_box.field, words)
        assert window.palette_box.list.topLevelItem(0).text(0) == title
    qtbot.keyClick(window.palette_box.field, Qt.Key.Key_Return)
    assert window.appearance.choice == "dark"
    window.open_palette()
    qtbot.keyClicks(window.palette_box.field, "qqqq")
    assert window.palette_box.empty.isVisible()
    qtbot.keyClick(window.palette_box.field, Qt.Key.Key_Escape)
    assert window.palette_box.isHidden()


def test_the_palette_leads_to_a_setting(qtbot, window):
    window.activateWindow()
    window.frame.toggle(window.frame.right)
    window.open_palette()
    qtbot.keyClicks(window.palette_box.field, "warm-up")
    qtbot.keyClick(window.palette_box.field, Qt.Key.Key_Return)
    row = window.inspector.sections["optimiser"].rows["optimiser.warmup"]
    assert row.editor.isVisible()


def test_data_is_downloaded_only_after_consent(qtbot, window):
    data = window.inspector.data
    data.choose("cifar10")
    qtbot.waitUntil(data.download.isVisible)
    data.download.click()
    from PySide6.QtWidgets import QMessageBox

    box = data.findChild(QMessageBox)
    assert "163 MB" in box.informativeText()
    next(button for button in box.buttons() if button.text() == "Download").click()
    qtbot.waitUntil(lambda: "9 images" in data.note.text())
    assert not window.draft.config.data.download
    assert data.skipped.isVisible()


def test_notices_are_kept_until_they_are_closed(qtbot, window):
    window.trouble(Notice("First.", "Do this.", "details"))
    window.trouble(Notice("Second."))
    assert window.banner.text.text().startswith("Second.")
    assert "1 more" in window.banner.text.text()
    window.banner.button("Close").click()
    assert window.banner.text.text() == "First. Do this."
    window.banner.button("Details").click()
    assert window.banner.details.isVisible()
    window.banner.button("Copy").click()
    assert QApplication.clipboard().text() == "First. Do this.\n\ndetails"
    window.banner.button("Close").click()
    assert window.banner.isHidden()


def test_a_newer_try_takes_the_notice_of_the_one_before(window):
    data = window.inspector.data
    window.trouble(Notice("Something else."))
    for path in ("a.zip", "b.zip"):
        data.troubled.emit(Notice(f"{path} is empty.", about=SOURCE))
    assert [notice.message for notice in window.banner.notices] == ["Something else.", "b.zip is empty."]
    data.choose("shapes")
    assert window.banner.text.text() == "Something else."
    early = Failed("run", 0, "DataError", "The batch is larger than the data.", "Choose a smaller one.")
    for folder in ("/runs/one", ""):
        window.trouble(troubles.of_run(early, window.draft, window.current, folder))
    window.actions_table["train"].trigger()
    assert len(window.banner.notices) == 2  # what became of a run that has a record is said until it is closed


def test_layout_and_theme_are_remembered(open_window, window):
    window.frame.toggle(window.frame.left)
    window.actions_table["dark"].trigger()
    window.close()
    again = open_window()
    assert again.frame.left.isHidden()
    assert again.appearance.choice == "dark"
    again.reset_layout()
    assert not again.frame.left.isHidden()
    again.actions_table["light"].trigger()


def test_a_run_is_renamed_only_while_it_rests(qtbot, training):
    folder = Path(training.current.folder)
    training.files.rename(folder, "mine")
    assert "Stop it first" in training.banner.text.text()
    training.current.control("stop")
    qtbot.waitUntil(lambda: not training.current.is_live)
    training.files.rename(folder, "a/b")
    assert "slash" in training.banner.text.text()
    training.files.rename(folder, "mine")
    assert (folder.parent / "mine" / "run.toml").exists()
    assert training.current.folder == str(folder.parent / "mine")


def test_space_in_a_text_field_writes_a_space(qtbot, training):
    training.inspector.search.setFocus()
    qtbot.keyClick(training.inspector.search, Qt.Key.Key_Space)
    assert training.inspector.search.text() == " "
    assert training.current.picture.state == "running"


def test_every_control_has_a_name_for_screen_readers(window):
    for section in window.inspector.sections.values():
        for row in section.rows.values():
            assert row.editor.accessibleName()
            assert row.editor.toolTip()
    for action in window.actions_table.by_name.values():
        assert action.toolTip()


def test_shortcuts_are_unambiguous(window):
    keys = [a.shortcut().toString() for a in (*window.actions_table.by_name.values(), *window.panel_actions)]
    used = [key for key in keys if key]
    assert len(used) == len(set(used))


def test_the_view_menu_names_each_view_and_keeps_what_it_offers_one_level_down(window):
    menu, panels = window.chrome.menus["&View"], window.views.panels.values()
    named = [action.text() for action in menu.actions() if action.text().startswith("View: ")]
    assert named == [f"View: {panel.title}" for panel in panels]
    within = {each.text(): each.menu().actions() for each in window.chrome.within.actions()}
    assert set(within) <= {panel.title for panel in panels}
    offered = [action for actions in within.values() for action in actions]
    assert offered
    assert {*offered, *menu.actions()} >= set(window.panel_actions)
    assert not set(offered) & set(menu.actions())


def test_each_letter_opens_one_entry_of_a_menu(window):
    for menu in window.chrome.menus.values():
        texts = (action.text().replace("&&", "") for action in menu.actions())
        letters = [text[text.index("&") + 1].lower() for text in texts if "&" in text]
        assert len(letters) == len(set(letters)), letters


def test_a_window_larger_than_its_screen_fills_it(window):
    window.resize(window.screen().availableSize() * 0.5)
    application.keep_on_screen(window)
    assert not window.isMaximized()
    window.resize(window.screen().availableSize() + QSize(0, 1))
    application.keep_on_screen(window)
    assert window.isMaximized()


def test_the_equation_is_one_key_away_and_in_the_palette(qtbot, window):
    train, catalogue = window.views.panels["train"], window.draft.catalogue
    explained = tuple(dataclasses.replace(info, source="def loss(): ...") for info in catalogue.methods)
    look_up = next(action for action in window.panel_actions if action.shortcut().toString() == "F2")
    assert not look_up.isEnabled()
    window.draft.use_catalogue(dataclasses.replace(catalogue, methods=explained))
    window.views.show_panel("augment")
    assert "Equation and source" in [command.title for command in all_commands(window) if command.enabled]
    look_up.trigger()
    assert train.isVisible()
    assert train.page is train.equation
    look_up.trigger()
    assert train.stack.currentWidget() is train.idle


def test_what_the_page_in_front_wants_is_what_the_worker_watches(qtbot, training):
    train = training.views.panels["train"]
    asked = []
    training.bridge.send, send = (lambda request: (asked.append(request), send(request))), training.bridge.send
    for page in (train.space, train.equation):
        train.tabs.setCurrentWidget(page)
        assert asked[-1] == Watch(training.current.run_id, tuple(sorted(page.wants)))
    assert page.wants == ()


def test_a_refused_setting_is_marked_until_it_is_right(qtbot, window):
    inspector = window.inspector
    qtbot.waitUntil(lambda: "memory" in inspector.estimate.text())
    row = inspector.sections["training"].rows["batch_size"]
    window.draft.set("batch_size", fake_worker.REFUSED_BATCH)
    qtbot.waitUntil(lambda: row.problem is not None)
    assert row.problem.text() == "Thirteen is no batch. Choose another."
    assert row.problem.isVisible()
    assert "“batch size”" in inspector.estimate.text()
    window.draft.set("batch_size", 14)
    qtbot.waitUntil(lambda: not row.problem.isVisible())
    assert "memory" in inspector.estimate.text()


def test_a_failed_run_marks_its_setting_and_a_folded_section_opens(window):
    optimiser = window.inspector.sections["optimiser"]
    assert optimiser.body.isHidden()
    assert window.inspector.show_problem("accumulate", "Odd.") == "batch in pieces"
    assert not optimiser.body.isHidden()
    assert optimiser.rows["optimiser.accumulate"].problem.text() == "Odd."
    assert window.inspector.show_problem("protocols", "Not a setting of a run.") == ""
    assert not optimiser.rows["optimiser.accumulate"].problem.isVisible()
