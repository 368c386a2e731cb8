"""Stage: the map with its heading and its scores above, and below what it does not show; always in sight, and in every export."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.embeddings import words
from app.panels.embeddings.cloud import Cloud, Colours
from app.widgets.ink import type_face
from app.widgets.point_map import PointMap
from app.widgets.saving import SAID_BELOW
from app.widgets.theme import Theme
from app.widgets.wrapped_label import WrappedLabel
from sslviz.spec.mapping import LayoutPlan, Mapped, MappedRun

ALIGNED = "Each snapshot's layout begins from its neighbour's, so that points move and do not jump."
NARROW = {"fit": 390, "in": 430, "out": 430}
"""Pixels at scale 1 below which a button makes room for others: keys, the wheel and a double click do the same."""
LOW = 330
"""Pixels at scale 1 below which the caption makes room for the map; an export has it all the same."""
TITLE = "Map"
"""What the map is called while there is none."""
GLIDE_MS = 500
"""From PCA to the layout that takes its place."""


class Stage(QWidget):
    """Draws a cloud. Rows are those of the map. `titled` carries what the map is called."""

    titled = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cloud: Cloud | None = None
        self.colours: Colours | None = None
        self._scale = 1.0
        self._dyed = False  # the points that are drawn have these colours
        self.map = PointMap()
        self.scores, self.problem = WrappedLabel(), WrappedLabel()
        self.about, self.notes, self.caption = (
            WrappedLabel(quiet=True),
            WrappedLabel(quiet=True),
            WrappedLabel(quiet=True),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for label in (self.scores, self.problem):
            column.addWidget(label)
        column.addWidget(self.map, 1)
        for label in (self.about, self.notes, self.caption):
            column.addWidget(label)
        for label in self.labels:
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.caption.setProperty(SAID_BELOW, True)
        self.setFocusProxy(self.map.plane)

    @property
    def labels(self) -> tuple[WrappedLabel, ...]:
        """Everything that is said."""
        return self.scores, self.problem, self.about, self.notes, self.caption

    # What is shown -------------------------------------------------------------------------------------------------

    def set_message(self, text: str) -> None:
        """A sentence in place of the map."""
        self.cloud = self.colours = None
        for label in self.labels:
            label.say("")
        self.map.set_message(text)
        self.titled.emit(TITLE)

    def say_progress(self, text: str) -> None:
        """What is being done, in place of a map that is not there yet."""
        if self.cloud is None and text:
            self.map.set_message(f"{text[0].upper()}{text[1:]} …")

    def complain(self, text: str) -> None:
        """Why there is no other map: beside the one that is there, or in place of it."""
        if self.cloud is None:
            self.set_message(text)
        else:
            self.problem.say(text)

    def show_map(self, answer: Mapped, layout: LayoutPlan, cloud: Cloud, *, glide: bool) -> None:
        """Draw a map and what is to be said of it. glide: the same points stood elsewhere before."""
        self._say(
            words.heading(layout, answer),
            words.scores(answer.scores),
            words.about(layout),
            words.notes(answer),
            answer.caption,
        )
        self._draw(cloud, glide=glide)

    def show_frame(
        self, run: MappedRun, frame: int, layout: LayoutPlan, cloud: Cloud, *, fresh: bool, ms: int = 0
    ) -> None:
        """Let the points go to where they were after a snapshot; fresh: other points stood there before."""
        heading = (
            f"Step {run.steps[frame]:,}: snapshot {frame + 1} of {len(run.steps)}, each laid out from its neighbour"
        )
        self._say(heading, words.scores(run.scores[frame]), words.about(layout), words.notes(run), run.caption)
        self.cloud = cloud
        self.map.set_message("")
        if fresh:
            self.map.set_points(cloud.points, run.points.reshape(-1, 2))
            self._dyed = False
            self.map.set_groups(*cloud.groups())
        else:
            self.map.move_to(cloud.points, ms)

    def _say(self, heading: str, scores: str, about: str, notes: str, caption: str) -> None:
        for label, text in ((self.scores, scores), (self.about, about), (self.notes, notes), (self.caption, caption)):
            label.say(text)
        self.problem.say("")
        self._share_room()
        self.titled.emit(heading)

    def show_all(self, run: MappedRun, layout: LayoutPlan, cloud: Cloud, colours: Colours) -> None:
        """Draw the points of every snapshot at once."""
        heading = f"{len(run.steps)} snapshots of the run, {len(run.index):,} points each"
        scores = "After the last: " + words.scores(run.scores[-1])
        self._say(heading, scores, words.about(layout), words.notes(run), run.caption)
        self._draw(cloud, glide=False)
        self.show_colours(colours)

    def _draw(self, cloud: Cloud, *, glide: bool) -> None:
        self.cloud = cloud
        self.map.set_message("")
        if glide and self.map.count == len(cloud):
            self.map.move_to(cloud.points, GLIDE_MS)
        else:
            self.map.set_points(cloud.points)
            self._dyed = False
        self.map.set_groups(*cloud.groups())

    def point_out(self, row: int) -> None:
        """Ring a point as if the pointer were over it; -1: none."""
        self.map.point_out(row)

    def show_colours(self, colours: Colours) -> None:
        """Colour the points; of another number of values nothing is drawn."""
        if self.cloud is None or len(colours.values) != self.map.count:
            return
        if not (self._dyed and self.colours is not None and self.colours.same(colours)):
            self.map.set_colours(colours.values, colours.names, colours.title)
        self.colours, self._dyed = colours, True

    def words(self) -> str:
        """What a figure of the map must say of itself; "" where there is none."""
        if self.cloud is None:
            return ""
        return " · ".join(
            filter(None, [self.caption.text(), f"coloured by {self.colours.title}" if self.colours else ""])
        )

    def table(self) -> tuple[list[str], list[list[float | str]]]:
        """A row a point: image, patch, class, place where it comes to rest, colour, whether it was caught."""
        cloud = self.cloud
        if cloud is None:
            return ["image", "patch", "class", "x", "y"], []
        head, drawn = self.map.table()
        places = cloud.points.astype(float).tolist()
        rows = zip(cloud.index.tolist(), cloud.patch.tolist(), places, drawn, strict=True)
        return ["image", "patch", "class", *head[1:]], [
            [float(index), float(patch), cloud.class_of(k), *place, *row[3:]]
            for k, (index, patch, place, row) in enumerate(rows)
        ]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        for name, least in NARROW.items():
            self.map.buttons[name].setVisible(self.width() >= least * self._scale)
        self.caption.setVisible(bool(self.caption.text()) and self.height() >= LOW * self._scale)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type."""
        self._scale = theme.scale
        self._share_room()
        self.map.set_theme(theme)
        self.scores.setFont(type_face(theme, "body"))
        for label in (self.problem, self.about, self.notes, self.caption):
            label.setFont(type_face(theme, "small"))
        self.map.setStyleSheet("QToolButton { padding: 2px 5px; }")  # they share a row in a view that is narrow
        self.problem.setStyleSheet(f"color: {theme.warning};")
