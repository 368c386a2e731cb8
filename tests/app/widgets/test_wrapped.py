from PySide6.QtGui import QFont, QFontMetrics

from app.widgets.wrapped import wrapped


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
