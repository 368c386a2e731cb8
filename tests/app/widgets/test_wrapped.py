from PySide6.QtCore import QBuffer, QPoint
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QListWidget, QPushButton, QWidget

from app.widgets.wrapped import wrapped
from app.widgets.wrapped_items import wrap
from app.widgets.wrapped_row import WrappedRow


def metrics(qapp):
    return QFontMetrics(QFont(qapp.font()))


def test_a_text_that_fits_stays_one_line(qapp):
    assert wrapped("lower left is better", metrics(qapp), 1000) == "lower left is better"


def test_a_longer_one_breaks_between_words_and_loses_none(qapp):
    face, text = metrics(qapp), "lower left is better, but no proof"
    folded = wrapped(text, face, face.horizontalAdvance("lower left is better, b"))
    assert folded.count("\n") == 1
    assert folded.replace("\n", " ") == text


def test_only_what_does_not_fit_the_last_line_is_shortened(qapp):
    face = metrics(qapp)
    folded = wrapped("one two three four five six seven", face, face.horizontalAdvance("one two th"))
    assert folded.startswith("one two\nthree")
    assert folded.endswith("…")


def test_no_line_of_a_list_is_cut_at_any_width(qtbot):
    rows = QListWidget()
    qtbot.addWidget(rows)
    rows.setStyleSheet("QListWidget::item { padding: 3px; }")
    wrap(rows)
    rows.addItems(["DINO, small ViT on CIFAR-10", "Random weights, as SimCLR began"])
    rows.show()
    cut = []
    for width in range(120, 260):
        rows.resize(width, 200)
        if "…" in drawn(rows):
            cut.append(width)
    assert not cut


def drawn(widget):
    """The words that are drawn."""
    page = QBuffer()
    page.open(QBuffer.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(page)
    generator.setSize(widget.size())
    painter = QPainter(generator)
    widget.render(painter, QPoint())
    painter.end()
    return bytes(page.data().data()).decode()


def test_buttons_go_on_in_the_next_line_and_ask_for_no_more_than_the_widest(qtbot):
    page, row = QWidget(), WrappedRow(6)
    qtbot.addWidget(page)
    page.setLayout(row)
    buttons = [QPushButton(text) for text in ("Rewind", "New seed", "Show the recorded run")]
    for button in buttons:
        row.addWidget(button)
    page.resize(1000, 100)
    page.show()
    assert len({button.y() for button in buttons}) == 1
    widest, high = max(button.width() for button in buttons), row.heightForWidth(1000)
    assert page.minimumSizeHint().width() == widest
    page.resize(widest, 300)
    assert [button.x() for button in buttons] == [0, 0, 0]
    assert row.heightForWidth(widest) == 3 * high + 2 * 6
    buttons[0].hide()
    QApplication.processEvents()
    assert [button.y() for button in buttons[1:]] == [0, high + 6]
