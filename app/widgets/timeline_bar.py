"""TimelineBar: a strip to scrub and play the snapshots of a run: buttons, the track, the step in words, and what can be made of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from app.widgets import icons
from app.widgets.editors import WheelGuard
from app.widgets.ink import sheet, type_face
from app.widgets.theme import LIGHT, Theme
from app.widgets.timeline_track import SCALES, Scale, Stop, TimelineTrack

SPEEDS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Snapshots a second."""
USUAL = 2.0
NARROW = 760
"""Below this width, at scale 1, only what plays and the track are left."""
BUTTONS = {
    "first": ("first", "The first snapshot (Home)"),
    "back": ("back", "The snapshot before (Left)"),
    "play": ("start", "Play the snapshots, and stop (Space)"),
    "on": ("on", "The next snapshot (Right)"),
    "now": ("last", "The run as it is (End)"),
    "loop": ("reset", "Begin again at the end (L)"),
}


class TimelineBar(QWidget):
    """`moved` carries the number of a stop, by the user or while it plays. `closed`: the strip shall go.

    `exported`: an animation is wanted. While `holds()`, playing rests: what was moved to is not seen yet.
    """

    moved = Signal(int)
    closed = Signal()
    exported = Signal()
    changed = Signal()  # speed, loop or scale are others: they are to be remembered

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self.holds: Callable[[], bool] = lambda: False
        self.track = TimelineTrack()
        self.buttons = {name: self._button(name, tip) for name, (_, tip) in BUTTONS.items()}
        for name in ("play", "loop"):
            self.buttons[name].setCheckable(True)
        self.speed, self.words = QComboBox(), QLabel()
        self.even, self.export, self.close_button = QToolButton(), QToolButton(), QToolButton()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._play_on)
        self._fill()
        self._lay_out()
        self._connect()
        self.set_theme(LIGHT)

    def _button(self, name: str, tip: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(tip)
        button.setAccessibleName(tip.partition(" (")[0])
        button.setObjectName(name)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the track
        return button

    def _fill(self) -> None:
        self.speed.addItems([f"{speed:g} a second" for speed in SPEEDS])
        self.speed.setAccessibleName("Snapshots a second")
        self.speed.setToolTip("How fast it plays; slower where the views need longer (+ and −)")
        WheelGuard(self.speed)
        self.even.setText("even")
        self.even.setCheckable(True)
        self.even.setToolTip(f"{SCALES['even']}; otherwise: {SCALES['log'][:1].lower()}{SCALES['log'][1:]}")
        self.export.setText("Animation …")
        self.export.setToolTip("Save what is seen at each snapshot as a GIF, WebP or APNG")
        self.close_button.setText("✕")
        self.close_button.setToolTip("Hide the timeline; the View menu brings it back")
        self.close_button.setAccessibleName("Hide the timeline")
        self.words.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_speed(USUAL)

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 3)
        row.setSpacing(4)
        for widget in (*self.buttons.values(), self.speed):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.track, 1)
        for widget in (self.words, self.even, self.export, self.close_button):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        self.setFocusProxy(self.track)

    def _connect(self) -> None:
        self.track.moved.connect(self._moved_by_user)
        for name, to in {
            "first": lambda: 0,
            "back": lambda: self.at - 1,
            "on": lambda: self.at + 1,
            "now": self._last,
        }.items():
            self.buttons[name].clicked.connect(lambda _=False, to=to: self.go(to()))
        self.buttons["play"].toggled.connect(self._set_playing)
        self.buttons["loop"].toggled.connect(self.changed)
        self.speed.currentIndexChanged.connect(self._pace)
        self.even.toggled.connect(self._rescale)
        self.export.clicked.connect(self.exported)
        self.close_button.clicked.connect(self.closed)

    # What is shown -------------------------------------------------------------------------------------------------

    @property
    def at(self) -> int:
        """The stop at which the handle stands, -1 for none."""
        return self.track.at

    @property
    def stops(self) -> tuple[Stop, ...]:
        """As they were set."""
        return self.track.stops

    def set_stops(self, stops: Sequence[Stop], total: int) -> None:
        """The stops by rising step, of a run of `total` steps."""
        self.track.set_stops(stops, total)
        self._suit()

    def set_at(self, at: int, words: str) -> None:
        """Put the handle on a stop, -1 on none, and say what is looked at."""
        self.track.set_at(at)
        if words != self.words.text():
            self.words.setText(words)
            self.words.setToolTip(words)
            self._suit_words()
        self._suit()

    def _suit(self) -> None:
        known, at = len(self.stops), self.at
        for name, can in {"first": at != 0, "back": at > 0, "on": 0 <= at < known - 1, "now": at != known - 1}.items():
            self.buttons[name].setEnabled(can and known > 0)
        self.buttons["play"].setEnabled(known > 1)

    def _suit_words(self) -> None:
        """Room that only grows, so that nothing jumps while it plays."""
        wide = self.words.fontMetrics().horizontalAdvance(self.words.text()) + 8
        if wide > self.words.width() or self.words.minimumWidth() == 0:
            self.words.setFixedWidth(wide)

    # Moving --------------------------------------------------------------------------------------------------------

    def _last(self) -> int:
        return len(self.stops) - 1

    def _moved_by_user(self, to: int) -> None:
        self.play(False)
        self.moved.emit(to)

    def go(self, to: int) -> None:
        """To a stop, as if the user had moved there."""
        if 0 <= to < len(self.stops):
            self.play(False)
            self._move(to)

    def _move(self, to: int) -> None:
        self.track.set_at(to)
        self.moved.emit(to)

    # Playing -------------------------------------------------------------------------------------------------------

    @property
    def is_playing(self) -> bool:
        """Whether it goes on by itself."""
        return self._timer.isActive()

    def play(self, on: bool) -> None:
        """Go on by itself, or stand."""
        self.buttons["play"].setChecked(on)

    def _set_playing(self, on: bool) -> None:
        if on and len(self.stops) > 1:
            if self.at in (-1, self._last()):
                self._move(0)
            self._timer.start(round(1_000 / self.speed_now))
        else:
            self._timer.stop()
            self.buttons["play"].setChecked(False)
        self._draw_icons()

    def _play_on(self) -> None:
        if self.holds():
            return
        later = [k for k in range(self.at + 1, len(self.stops)) if not self.stops[k].missing]
        if later:
            self._move(later[0])
        elif self.buttons["loop"].isChecked():
            self._move(0)
        if not self.buttons["loop"].isChecked() and self.at == self._last():
            self.play(False)

    @property
    def speed_now(self) -> float:
        """Snapshots a second."""
        return SPEEDS[self.speed.currentIndex()]

    def set_speed(self, speed: float) -> None:
        """The nearest that there is."""
        self.speed.setCurrentIndex(min(range(len(SPEEDS)), key=lambda k: abs(SPEEDS[k] - speed)))

    def _pace(self, _index: int = 0) -> None:
        if self.is_playing:
            self._timer.setInterval(round(1_000 / self.speed_now))
        self.changed.emit()

    @property
    def loops(self) -> bool:
        """Whether it begins again at the end."""
        return self.buttons["loop"].isChecked()

    @property
    def scale(self) -> Scale:
        """How far stops are apart."""
        return self.track.scale

    def set_scale(self, scale: Scale) -> None:
        """How far stops are apart."""
        self.even.setChecked(scale == "even")

    def _rescale(self, even: bool) -> None:
        self.track.set_scale("even" if even else "log")
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space plays, L loops, + and − change the speed; the track has arrows, Home and End."""
        step = {Qt.Key.Key_Plus: 1, Qt.Key.Key_Minus: -1}.get(Qt.Key(event.key()))
        if event.key() == Qt.Key.Key_Space:
            self.play(not self.is_playing)
        elif event.key() == Qt.Key.Key_L:
            self.buttons["loop"].toggle()
        elif step is not None:
            self.speed.setCurrentIndex(min(max(self.speed.currentIndex() + step, 0), len(SPEEDS) - 1))
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.play(False)

    # Look ----------------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._theme = theme
        self.setStyleSheet(sheet(theme))
        self.track.set_theme(theme)
        side = round(15 * theme.scale)
        for button in self.buttons.values():
            button.setIconSize(QSize(side, side))
        for widget in (self.speed, self.words, self.even, self.export, self.close_button):
            widget.setFont(type_face(theme, "small"))
        self.words.setMinimumWidth(0)
        self.words.setFixedHeight(self.export.sizeHint().height())
        self._draw_icons()
        self._suit_words()
        self._make_room()

    def _draw_icons(self) -> None:
        theme = self._theme
        for name, (drawing, _) in BUTTONS.items():
            button = self.buttons[name]
            shown = "pause" if name == "play" and self.is_playing else drawing
            button.setIcon(icons.icon(shown, theme.accent_text if button.isChecked() else theme.text, theme.border))

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]  # Qt hands events only
        self._make_room()

    def _make_room(self) -> None:
        roomy = self.width() >= NARROW * self._theme.scale
        for widget in (self.buttons["first"], self.buttons["now"], self.speed, self.even, self.export):
            widget.setVisible(roomy)


def example() -> TimelineBar:
    """Eleven snapshots of 1,600 steps that can be played."""
    bar = TimelineBar()
    steps = (0, 1, 2, 3, 6, 12, 22, 40, 74, 137, 468)
    bar.set_stops([*map(Stop, steps), Stop(1600, now=True)], 1600)
    bar.moved.connect(lambda to: bar.set_at(to, f"step {bar.stops[to].step:,} of 1,600"))
    bar.go(9)
    return bar


if __name__ == "__main__":
    from app.widgets.alone import show_alone

    show_alone(example, 1000, 60)
