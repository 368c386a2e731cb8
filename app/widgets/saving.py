"""A widget as a picture, as it is on screen: PNG at any scale, SVG and PDF with lines and text as such, or on the clipboard.

Below the picture a caption may stand; every file holds title and caption in words too.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QImage,
    QPageSize,
    QPainter,
    QPalette,
    QPdfWriter,
)
from PySide6.QtWidgets import QToolButton, QWidget

from app.widgets.cut_off import cut_off, unseen
from app.widgets.thick_lines import lines_scaled
from app.widgets.whole_file import written_whole

FORMATS = "PNG (*.png);;SVG (*.svg);;PDF (*.pdf)"
"""For a file dialog."""
PROGRAM = "SSLViz"
SCREEN_DPI = 96
FLAT = "flat"
"""The name of buttons in headings."""
BY_HAND = "by_hand"
"""A property: what carries it is for the hand, and a file leaves it out."""
SAID_BELOW = "said_below"
"""A property: what carries it says what the caption of a file says as well; a file with a caption leaves it out."""
MARGIN = 10
"""Around the caption, in pixels of the screen."""
MOST_PIXELS = 200_000_000
"""Of a picture; more would not fit into the memory of a small machine."""


def save_picture(widget: QWidget, path: Path, title: str, scale: float = 1.0, caption: str = "") -> None:
    """Write what `widget` shows to `path`, as its name ends: .svg, .pdf, or PNG with `scale` pixels for each on screen.

    OSError where that cannot be done, with a sentence.
    """
    kind = path.suffix.lower()
    with written_whole(path) as place:
        if kind == ".svg":
            _save_svg(widget, place, title, caption)
        elif kind == ".pdf":
            _save_pdf(widget, place, title, caption)
        else:
            image = picture_of(widget, scale, caption)
            for key, text in (("Title", title), ("Description", caption), ("Software", PROGRAM)):
                image.setText(key, text)
            if not image.save(str(place), "PNG"):  # type: ignore[call-overload]  # the stubs want bytes, Qt wants a name
                raise OSError


def picture_of(widget: QWidget, scale: float = 1.0, caption: str = "") -> QImage:
    """What `widget` shows, with `scale` pixels for each on screen, drawn anew at that size; fewer where that were too many."""
    size = size_of(widget, caption)
    scale = min(scale, (MOST_PIXELS / max(size.width() * size.height(), 1)) ** 0.5)
    image = QImage((QSizeF(size) * scale).toSize(), QImage.Format.Format_RGB32)
    image.setDotsPerMeterX(round(SCREEN_DPI * scale / 0.0254))
    image.setDotsPerMeterY(round(SCREEN_DPI * scale / 0.0254))
    painter = QPainter(image)
    painter.scale(scale, scale)
    with lines_scaled(widget, scale):
        _draw(painter, widget, caption)
    painter.end()
    return image


def copy_picture(widget: QWidget, scale: float, caption: str = "") -> None:
    """What `widget` shows, to the clipboard."""
    QGuiApplication.clipboard().setImage(picture_of(widget, scale, caption))


def size_of(widget: QWidget, caption: str) -> QSize:
    """Of the picture with its caption, in pixels of the screen."""
    return QSize(widget.width(), widget.height() + _caption_height(widget, caption))


# Drawing -----------------------------------------------------------------------------------------------------------


def _draw(painter: QPainter, widget: QWidget, caption: str) -> None:
    """The ground, the widget, and its caption below."""
    ink, ground = (widget.palette().color(role) for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Window))
    painter.fillRect(QRect(QPoint(), size_of(widget, caption)), ground)
    with unseen(_left_out(widget, captioned=bool(caption))):
        widget.render(painter, QPoint())
    if caption:
        painter.setPen(QColor(ink))
        painter.setFont(_face(widget))
        painter.drawText(QRectF(_caption_box(widget, caption)), int(Qt.TextFlag.TextWordWrap), caption)


def _left_out(widget: QWidget, *, captioned: bool) -> list[QWidget]:
    """What is for the hand, and what the caption repeats: a file has the room that they take, but not them."""
    names = (BY_HAND, SAID_BELOW) if captioned else (BY_HAND,)
    return [
        part
        for part in widget.findChildren(QWidget)
        if part.isVisibleTo(widget)
        and (
            (isinstance(part, QToolButton) and part.objectName() == FLAT) or any(part.property(name) for name in names)
        )
    ]


def _face(widget: QWidget) -> QFont:
    """Of the caption: a little smaller than what the widget says."""
    face = QFont(widget.font())
    face.setBold(False)
    face.setPixelSize(max(round(0.88 * widget.fontInfo().pixelSize()), 9))
    return face


def _caption_box(widget: QWidget, caption: str) -> QRect:
    room = QRect(MARGIN, widget.height() + MARGIN // 2, max(widget.width() - 2 * MARGIN, 40), 100_000)
    needed = QFontMetrics(_face(widget)).boundingRect(room, int(Qt.TextFlag.TextWordWrap), caption)
    return QRect(room.topLeft(), QSize(room.width(), needed.height()))


def _caption_height(widget: QWidget, caption: str) -> int:
    return _caption_box(widget, caption).height() + 3 * MARGIN // 2 if caption else 0


def _save_svg(widget: QWidget, path: Path, title: str, caption: str) -> None:
    from PySide6.QtSvg import QSvgGenerator

    writer = QSvgGenerator()
    writer.setFileName(str(path))
    writer.setResolution(SCREEN_DPI)
    writer.setSize(size_of(widget, caption))
    writer.setViewBox(QRect(QPoint(), size_of(widget, caption)))
    writer.setTitle(title)
    writer.setDescription(caption)
    _paint_on(writer, widget, caption)


def _save_pdf(widget: QWidget, path: Path, title: str, caption: str) -> None:
    writer = QPdfWriter(str(path))
    writer.setResolution(SCREEN_DPI)
    points = QSizeF(size_of(widget, caption)) * 72 / SCREEN_DPI
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, title, QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(writer.pageLayout().margins() * 0)
    writer.setTitle(f"{title}. {caption}" if caption else title)
    writer.setCreator(PROGRAM)
    _paint_on(writer, widget, caption)


def _paint_on(writer: QPdfWriter | object, widget: QWidget, caption: str) -> None:
    painter = QPainter()
    if not painter.begin(writer):  # type: ignore[arg-type]  # a paint device of either kind
        raise OSError
    with cut_off(widget) as cuts:
        _draw(painter, widget, caption)
        for cut in cuts:
            painter.drawImage(cut.place, cut.image)
    painter.end()
