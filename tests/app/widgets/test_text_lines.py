"""TextLines: what does not fit ends in an ellipsis, and spaces at the end cost no letter."""

from PySide6.QtGui import QFontMetricsF

from app.widgets.text_lines import GAP, TextLines, fitting


def test_what_does_not_fit_ends_in_an_ellipsis(qtbot):
    lines = TextLines()
    qtbot.addWidget(lines)
    metrics = QFontMetricsF(lines.font())
    text = "loss 0.0184 (smoothed 0.0221)"
    room = metrics.horizontalAdvance(text)
    assert fitting(text + GAP, metrics, room) == text + GAP
    cut = fitting(text, metrics, 0.7 * room)
    assert cut.endswith("…")
    assert text.startswith(cut[:-1])
    assert metrics.horizontalAdvance(cut) <= 0.7 * room
    assert fitting(text, metrics, -5.0) in ("", "…")


def test_a_cut_line_paints_nothing_beyond_its_end(qtbot):
    lines = TextLines("W" * 60)
    qtbot.addWidget(lines)
    lines.resize(80, 20)
    picture = lines.grab().toImage()
    ratio = picture.devicePixelRatio()
    ground = picture.pixelColor(picture.width() - 1, 0)
    last = {picture.pixelColor(picture.width() - 1, y).name() for y in range(round(16 * ratio))}
    assert last == {ground.name()}
