"""What the window does with runs and files beside training: the trash, going on, exporting, waiting for the worker."""

from __future__ import annotations

from pathlib import Path

from driving import wait_for_step
from PySide6.QtWidgets import QApplication, QMessageBox

from app.shell.rail import describe_run
from app.widgets.save_dialog import SaveDialog
from sslviz.spec.events import Failed, Finished, Started
from sslviz.spec.requests import ResumeRun, RunSummary, Watch


def test_a_run_goes_to_the_trash_only_when_it_rests_and_the_user_says_so(qtbot, training, monkeypatch, tmp_path):
    folder = Path(training.current.folder)
    training.files.ask_delete(str(folder))
    assert "Stop it first" in training.banner.text.text()
    training.current.control("stop")
    qtbot.waitUntil(lambda: not training.current.is_live)
    monkeypatch.setattr("app.shell.run_files.QFile.moveToTrash", lambda name: bool(Path(name).rename(tmp_path / "bin")))
    training.files.ask_delete(str(folder))
    box = training.runs.findChild(QMessageBox)
    assert folder.name in box.text()
    assert folder.exists()
    next(button for button in box.buttons() if button.text() == "Move to the trash").click()
    assert not folder.exists()
    assert training.current.folder == ""
    assert training.current.picture is None


def test_a_run_that_cannot_go_to_the_trash_stays(qtbot, training, monkeypatch):
    training.current.control("stop")
    qtbot.waitUntil(lambda: not training.current.is_live)
    monkeypatch.setattr("app.shell.run_files.QFile.moveToTrash", lambda _: (False, ""))
    training.files.delete(Path(training.current.folder))
    assert "nothing was deleted" in training.banner.text.text()
    assert training.current.picture is not None


def test_a_finished_run_is_asked_how_far_it_shall_go_on(window, monkeypatch, tmp_path):
    run = RunSummary(str(tmp_path), "old", "simclr", "shapes", "finished", 20, 20, 0.0, {})
    window.runs.show_runs((run,), window.draft.catalogue, "", live=False)
    sent: list[object] = []
    monkeypatch.setattr(window.bridge, "send", sent.append)
    monkeypatch.setattr("app.shell.run_files.QInputDialog.getInt", lambda *_: (0, False))
    window.runs.resumed.emit(str(tmp_path))
    assert sent == []
    monkeypatch.setattr("app.shell.run_files.QInputDialog.getInt", lambda *asked: (asked[3], True))
    window.runs.resumed.emit(str(tmp_path))
    assert [(request.folder, request.steps) for request in sent if isinstance(request, ResumeRun)] == [
        (str(tmp_path), 40)
    ]


def test_a_run_that_cannot_go_on_keeps_its_record_in_sight(qtbot, training, monkeypatch):
    training.current.control("stop")
    qtbot.waitUntil(lambda: not training.current.is_live)
    folder, send = training.current.folder, training.bridge.send
    monkeypatch.setattr(training.bridge, "send", lambda request: isinstance(request, ResumeRun) or send(request))
    training.current.resume()
    run = training.current.run_id
    for event in (Failed(run, 0, "TrainingError", "It is read-only.", "Copy it."), Finished(run, 0, "failed", folder)):
        training.bridge._mailbox.put(event)
    qtbot.waitUntil(lambda: training.current.run_id != run and training.current.picture.state == "stopped")
    assert training.current.folder == folder
    assert len(training.current.picture.table.series("loss")[0])
    assert training.banner.text.text() == "It is read-only. Copy it."


def test_a_damaged_run_is_listed_with_what_it_is_and_one_that_cannot_be_opened_with_why(window):
    catalogue = window.draft.catalogue
    run = RunSummary("/runs/old", "old", "simclr", "shapes", "stopped", 20, 40, 0.0, {}, "metrics.csv is damaged.")
    first, second, *_, last = describe_run(run, catalogue).splitlines()
    assert (first, second, last) == ("SimCLR · Shapes", "stopped 20 of 40", "metrics.csv is damaged.")
    shut = RunSummary("/runs/new", "new", "", "", "", 0, 0, 0.0, {}, "A newer version wrote it.")
    assert describe_run(shut, catalogue) == "new\ncannot be opened: A newer version wrote it."


def test_train_before_the_worker_is_up_waits_for_it(qtbot, open_window, catalogue):
    window = open_window()
    with qtbot.waitSignal(window.painted):
        window.show()
    assert not window.bridge.is_ready
    window.actions_table["train"].trigger()
    assert "starting" in window.current.picture.status
    wait_for_step(qtbot, window, 2)


def test_the_view_in_front_is_exported_with_what_it_is_of(training, tmp_path):
    training.actions_table["export"].trigger()
    dialog = training.findChild(SaveDialog)
    assert Path(training.current.folder).name in dialog.caption.toPlainText()
    assert "seed" in dialog.words
    for kind in ("svg", "png"):
        dialog.kinds.buttons[kind].click()
        assert not dialog.problem.isVisible()
    assert not dialog.write(tmp_path / "no" / "a.png")
    assert "could not be written" in dialog.problem.text()
    assert dialog.write(tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 0
    assert training.banner.isHidden()


def test_the_view_in_front_is_copied(training):
    training.actions_table["copy_figure"].trigger()
    assert QApplication.clipboard().image().width() > 300
    assert "clipboard" in training.status.message.text()


def test_that_a_recorded_run_once_failed_is_no_news(qtbot, window, tmp_path):
    picture = window.bridge.expect("old")
    window.current.run_id = "old"
    picture.fold(Started("old", 0, window.draft.config, str(tmp_path), False, "cpu", "", 9, 9, 8))
    failed = Failed("old", 7, "NonFinite", "The loss is not a number.", "Lower the learning rate.")
    window.bridge._announce(failed)
    assert window.banner.isHidden()


def test_the_first_window_is_no_larger_than_its_screen(window):
    room, least = window.screen().availableSize(), window.minimumSizeHint()
    assert window.width() <= max(room.width(), least.width())
    assert window.height() <= max(room.height(), least.height())


def test_a_record_that_is_being_opened_is_asked_for_no_peeks(window, monkeypatch, tmp_path):
    sent: list[object] = []
    monkeypatch.setattr(window.bridge, "send", sent.append)
    window.current.open(str(tmp_path))
    window.views.switched.emit()
    assert not [request for request in sent if isinstance(request, Watch)]
    window.current.start()
    window.views.switched.emit()
    assert len([request for request in sent if isinstance(request, Watch)]) == 2
