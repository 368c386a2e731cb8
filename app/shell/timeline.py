"""Timeline: the strip of snapshots at the foot of the window, and what follows it: the current model, and the step in every view."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.bridge.bridge import is_live
from app.panels.base import Panel
from app.shell.recording import Recording
from app.shell.travel import Travel
from app.widgets.theme import Theme
from app.widgets.timeline_bar import USUAL, TimelineBar

if TYPE_CHECKING:
    from app.shell.main_window import MainWindow

PATIENCE_S = 4.0
"""So long playing waits for a view that has not answered; then it goes on without."""


class Timeline(QObject):
    """Only there where the shown run has snapshots, and unless it was hidden."""

    troubled = Signal(object)  # Notice
    exported = Signal()  # an animation is wanted

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.travel = Travel(window.bridge, window.current, window.model, self)
        self.bar = TimelineBar(window.frame)
        self.bar.holds = self._holds
        self.bar.hide()
        self._moved_at = 0.0
        self.recording = Recording(self, window)
        self._restore()
        column = window.frame.layout()
        assert column is not None, "the frame lays its parts out"  # noqa: S101  made by its constructor
        column.addWidget(self.bar)
        self._connect()
        self.set_theme(window.appearance.theme)
        self._show()

    def _connect(self) -> None:
        window, bar = self._window, self.bar
        self.travel.changed.connect(self._show)
        self.travel.stood.connect(self._tell)
        self.travel.troubled.connect(self.troubled)
        bar.moved.connect(self._go)
        bar.closed.connect(lambda: self.set_wanted(False))
        bar.exported.connect(self.exported)
        self.exported.connect(self.recording.ask)
        self.recording.troubled.connect(self.troubled)
        bar.changed.connect(self._remember)
        window.appearance.changed.connect(self.set_theme)

    # --- what is remembered ---

    def _restore(self) -> None:
        settings = self._window.settings
        self.wanted = str(settings.value("timeline/hidden", "0")) != "1"
        self.bar.set_scale("even" if settings.value("timeline/scale") == "even" else "log")
        self.bar.buttons["loop"].setChecked(str(settings.value("timeline/loop", "0")) == "1")
        speed = str(settings.value("timeline/speed", USUAL))
        self.bar.set_speed(float(speed) if speed.replace(".", "", 1).isdigit() else USUAL)

    def _remember(self) -> None:
        settings, bar = self._window.settings, self.bar
        for name, value in {
            "hidden": int(not self.wanted),
            "scale": bar.scale,
            "loop": int(bar.loops),
            "speed": bar.speed_now,
        }.items():
            settings.setValue(f"timeline/{name}", value)

    def set_wanted(self, on: bool) -> None:
        """Show the strip where there are snapshots, or hide it."""
        self.wanted = on
        self._remember()
        self._show()

    # --- what is shown ---

    def add(self, panel: Panel) -> None:
        """One more view hears of the step."""
        panel.at_step(self.travel.step)

    def _tell(self, step: int | None) -> None:
        for panel in self._window.views.panels.values():
            panel.at_step(step)

    def _show(self) -> None:
        travel, bar = self.travel, self.bar
        there = bool(travel.stops)
        bar.set_stops(travel.stops, travel.total)
        bar.set_at(travel.at, self._words())
        if bar.isHidden() == (there and self.wanted):
            bar.setVisible(there and self.wanted)
        table = self._window.actions_table
        table["timeline"].setChecked(self.wanted)
        table.enable(
            timeline=there, snapshot_back=there and travel.at != 0, snapshot_on=0 <= travel.at < len(travel.stops) - 1,
            snapshot_play=len(travel.stops) > 1, snapshot_now=there and travel.at != len(travel.stops) - 1, animation=there,
        )  # fmt: skip

    def _words(self) -> str:
        """Where the handle stands, in words that keep their width while a run trains."""
        travel = self.travel
        if travel.at < 0:
            return "another model is looked into" if travel.stops else ""
        stop = travel.stops[travel.at]
        if stop.now and travel.step is None:
            picture = self._window.current.picture
            return "the run as it trains" if picture is not None and is_live(picture) else "the run as it ended"
        return f"step {stop.step:,} of {travel.total:,}"

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self.bar.set_theme(theme)

    # --- moving ---

    def _go(self, index: int) -> None:
        self._moved_at = monotonic()
        self.travel.go(index)

    def step_by(self, by: int) -> None:
        """To the snapshot before or after; without a handle to the run as it is."""
        at = self.travel.at
        self.bar.go(min(max(at + by, 0), len(self.travel.stops) - 1) if at >= 0 else len(self.travel.stops) - 1)

    def to_now(self) -> None:
        """To the run as it is."""
        self.bar.go(len(self.travel.stops) - 1)

    def play_or_stop(self) -> None:
        """One key for both; a hidden strip comes back, so that it can be seen what plays."""
        self.set_wanted(True)
        self.bar.play(not self.bar.is_playing)

    # --- whether what was moved to is seen ---

    @property
    def is_settled(self) -> bool:
        """Whether the wanted model is there and every view in sight has its answers."""
        views = self._window.views.visible()
        return not self.travel.is_arriving and not any(self._window.bridge.awaits(panel.answered) for panel in views)

    def _holds(self) -> bool:
        """Playing does not run ahead of what is seen."""
        return not self.is_settled and monotonic() - self._moved_at < PATIENCE_S
