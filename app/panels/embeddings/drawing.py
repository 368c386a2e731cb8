"""Drawing: puts answers on the map and beside it, keeps what is chosen, and asks for what a drawing still lacks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.panels.embeddings import choices
from app.panels.embeddings.cloud import Cloud, Colours, of_all_frames, of_map, patch_of
from app.panels.embeddings.pictures import Pictures
from app.panels.embeddings.questions import Questions
from app.panels.embeddings.side import Side
from app.panels.embeddings.stage import Stage
from app.panels.embeddings.state import NEIGHBOURS, MapState
from app.panels.embeddings.travel import Travel, key_of
from sslviz.spec.mapping import (
    LABEL,
    OWN_PATCH,
    STEP,
    Coloured,
    ColourPoints,
    FeaturePlan,
    FindNeighbours,
    MapFeatures,
    Mapped,
    MappedRun,
    Neighbours,
)

LATE_MS, STEP_MS = 250, 160
WAIT_FOR_STEPS = "All snapshots are laid out first."
ABSENT = "Image {index:,} is not among the {count:,} that are mapped. Raise “images”, or set it to 0 for all of them."
PATCHES = "Click a patch, in its picture or on the map, to see the patches nearest to it."
PATCHES_ABSENT = (
    "The patches of image {index:,} are not mapped. Map whole images (I), choose it there, then its patches (P)."
)
Kind = Literal["nothing", "map", "frame", "all"]


class Drawing(QObject):
    """`chosen` carries an image and a patch that the user chose, `caught` rows; `changed`: other points are drawn."""

    chosen = Signal(int, int)
    changed = Signal()
    said = Signal(str)  # what colours mean

    def __init__(
        self, state: MapState, travel: Travel, questions: Questions, pictures: Pictures, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._state, self._travel, self._questions, self._pictures = state, travel, questions, pictures
        self.stage, self.side = Stage(), Side(pictures)
        self.answer: Mapped | None = None
        self.request: MapFeatures | None = None  # that the answer is to
        self.kind: Kind = "nothing"
        self.point: tuple[int, int] | None = None  # image and patch that are chosen
        self._run: MappedRun | None = None  # of the frame that is drawn
        self._asked: object = None  # what colours are waited for
        self._coloured: tuple[object, Coloured] | None = None
        self._thumbs: tuple[int, ...] = ()
        self._late = QTimer(self, interval=LATE_MS, singleShot=True)
        self._late.timeout.connect(self._catch_up)
        shown = self.stage.map
        shown.hovered.connect(self._hovered)
        shown.clicked.connect(self.choose)
        self.side.hovered.connect(self._point_out)
        self.side.chosen.connect(self.choose_image)

    @property
    def cloud(self) -> Cloud | None:
        """The points that are drawn."""
        return self.stage.cloud

    @property
    def features(self) -> FeaturePlan | None:
        """Those of the points that are drawn: at a snapshot, its own."""
        if self.kind == "map" and self.request is not None:
            return self.request.features
        return self._state.features()

    def forget(self, text: str) -> None:
        """Another model: a sentence in place of everything."""
        self._late.stop()
        self.answer = self.request = self._coloured = self._asked = None
        self.kind = "nothing"
        self.stage.set_message(text)
        self.side.set_cloud(None, patches=False)
        self.changed.emit()

    # Maps ----------------------------------------------------------------------------------------------------------

    def show_map(self, request: MapFeatures, answer: Mapped) -> None:
        """Draw a map; the same images glide from where they were."""
        before = self.answer if self.kind == "map" else None
        self.answer, self.request = answer, request
        self._show_map(request, answer, glide=before is not None and _same_points(before, answer))

    def show_map_again(self) -> None:
        """Draw the last map in place of snapshots."""
        if self.answer is not None and self.request is not None and self.kind != "map":
            self._show_map(self.request, self.answer, glide=False)

    def _show_map(self, request: MapFeatures, answer: Mapped, *, glide: bool) -> None:
        cloud, self.kind = of_map(answer), "map"
        self._pictures.set_data(request.features.data, request.features.split)
        self.stage.show_map(answer, request.layout, cloud, glide=glide)
        self._settle(cloud, fresh=not glide)

    def _settle(self, cloud: Cloud, *, fresh: bool) -> None:
        """Everything beside the points of another map."""
        if fresh:
            self.stage.map.set_thumbnail_source(self._want_thumbnails)
            self.side.set_cloud(cloud, patches=cloud.patches)
            self.changed.emit()
        self.colour()
        if fresh and self.point is not None:
            self._keep_point(cloud)

    def _keep_point(self, cloud: Cloud) -> None:
        """What is chosen stays so on another map: of a patch its image, where whole images are mapped; the other way round nothing."""
        index, patch = self.point or (-1, OWN_PATCH)
        if cloud.patches == (patch == OWN_PATCH):
            patch = OWN_PATCH
        if cloud.patches and patch == OWN_PATCH:
            self.choose(-1, tell=False)
            return
        self.point = index, patch
        self._point_at(cloud.row_of(index, patch))

    def show_step(self) -> bool:
        """Let the points go to where the timeline stands; False where those maps are not at hand."""
        run, frame, features = self._travel.run, self._travel.frame(), self._state.features()
        if (
            run is None
            or frame < 0
            or features is None
            or not self._travel.suits(key_of(features, self._state.layout()))
        ):
            return False
        grid = self.answer.grid if self.answer is not None else (0, 0)
        cloud = self._travel.cloud(frame, grid)
        if cloud is None:
            return False
        known = self.cloud
        fresh = self.kind != "frame" or self._run is not run or known is None or len(known) != len(cloud)
        self.kind, self._run = "frame", run
        self._pictures.set_data(features.data, features.split)
        self.stage.show_frame(run, frame, self._travel.layout, cloud, fresh=fresh, ms=STEP_MS)
        if fresh:
            self._settle(cloud, fresh=True)
        elif self._state.by not in choices.HERE or self.point is not None:
            self._late.start()  # once the timeline rests: these depend on the model
        return True

    def _catch_up(self) -> None:
        """The timeline rests: what depends on the model's features is asked for at this snapshot."""
        self.colour()
        if self.point is not None and self.cloud is not None:
            self._point_at(self.cloud.row_of(*self.point))

    def _show_all_steps(self) -> None:
        run, features = self._travel.run, self._state.features()
        key = key_of(features, self._state.layout()) if features is not None else None
        if features is not None and key is not None and self._travel.needs(key):
            self.said.emit(WAIT_FOR_STEPS)
            self._questions.run(features, known=self._travel.suits(key))
        if run is None or key is None or not self._travel.suits(key):
            return
        grid = self.answer.grid if self.answer is not None else (0, 0)
        cloud, colours = of_all_frames(run, grid)
        fresh = self.kind != "all"
        self.kind = "all"
        self.stage.show_all(run, self._travel.layout, cloud, colours)
        self.said.emit(colours.about)
        if fresh:
            self.stage.map.set_thumbnail_source(self._want_thumbnails)
            self.changed.emit()

    # Colours -------------------------------------------------------------------------------------------------------

    def colour(self) -> None:
        """Colour what is drawn: by what is known, or ask."""
        if self.cloud is None:
            return
        if self._state.by == STEP:
            self._show_all_steps()
        elif self.kind == "all":
            self._leave_all()
        elif self._state.by in choices.HERE:
            self._put(self.cloud.by_label() if self._state.by == LABEL else self.cloud.by_picture())
        else:
            self._colour_by_answer()

    def _leave_all(self) -> None:
        if not (self._travel.is_on and self.show_step()):
            self.show_map_again()

    def _colour_by_answer(self) -> None:
        features = self.features
        if features is None:
            return
        mark = self.answer.mark if self.kind == "map" and self.answer is not None else ""
        wanted = (self._state.colour_request(features, 0), mark)
        if self._coloured is not None and self._coloured[0] == wanted:
            found = self._coloured[1]
            self._put(Colours(found.values, found.names or None, found.title, found.about))
        elif self._asked != wanted or not self._questions.is_waiting("colour"):
            self._asked = wanted
            self._questions.colour(features)

    def take_colours(self, request: ColourPoints, answer: Coloured) -> None:
        """The values that were asked for."""
        del request  # the newest question, or it would not have come here
        self._coloured = self._asked, answer
        self.colour()

    def _put(self, colours: Colours) -> None:
        self.stage.show_colours(colours)
        self.said.emit(colours.about)

    # Choosing ------------------------------------------------------------------------------------------------------

    def choose(self, row: int, *, tell: bool = True) -> None:
        """Choose a point, -1: none, and look for what is nearest to it."""
        cloud = self.cloud
        if cloud is None or row < 0:
            self.point = None
            self.stage.map.select(-1)
            self.side.show_point(-1)
            self.side.say_nearest("")
            return
        point = int(cloud.index[row]), int(cloud.patch[row])
        if point != self.point:
            self.point = point
            self._point_at(row)
            if tell:
                self.chosen.emit(*point)

    def _point_at(self, row: int) -> None:
        self.stage.map.select(row)
        self.side.show_point(row)
        features = self.features
        if row < 0 or features is None or self.point is None:
            self.side.say_nearest("")
        else:
            self._questions.neighbours(features, *self.point)

    def choose_image(self, index: int, patch: int, *, tell: bool = True) -> None:
        """The same by number."""
        cloud = self.cloud
        if cloud is None:
            return
        row = cloud.row_of(index, patch)
        if cloud.patches and patch == OWN_PATCH:
            self.side.say_nearest(PATCHES if row >= 0 else PATCHES_ABSENT.format(index=index))
        elif row >= 0:
            self.choose(row, tell=tell)
        else:
            self.choose(-1, tell=False)
            self.side.say_nearest(ABSENT.format(index=index, count=len(cloud.pictures)))

    def show_neighbours(self, request: FindNeighbours, found: Neighbours) -> None:
        """What is nearest to the point that is chosen."""
        if self.cloud is not None and self.point == (request.index, request.patch):
            row = self.cloud.row_of(request.index, request.patch)
            name = self.cloud.name_of(row) if row >= 0 else f"image {request.index:,}"
            self.side.show_neighbours(self.point, name, found, self.cloud.names)

    def around(self) -> tuple[int, ...]:
        """The chosen image and those nearest to it, each once."""
        if self.point is None:
            return ()
        return tuple(dict.fromkeys((self.point[0], *self.side.neighbours)))[: 1 + NEIGHBOURS]

    def _hovered(self, row: int) -> None:
        cloud = self.cloud
        if row < 0 and cloud is not None and self.point is not None and not cloud.patches:
            row = cloud.row_of(*self.point)
        self.side.show_point(row)

    def _point_out(self, index: int, patch: int) -> None:
        """A picture at the right, or a patch of it, is under the pointer: its point is ringed."""
        cloud = self.cloud
        whole = cloud is not None and patch == OWN_PATCH and cloud.patches
        self.stage.point_out(-1 if cloud is None or index < 0 or whole else cloud.row_of(index, patch))

    # Pictures ------------------------------------------------------------------------------------------------------

    def _want_thumbnails(self, rows: Sequence[int]) -> None:
        self._thumbs = tuple(rows)
        self._put_thumbnails(rows)
        if self.cloud is not None:
            self._pictures.want(self.cloud.index[list(rows)].tolist())

    def _put_thumbnails(self, rows: Sequence[int]) -> None:
        cloud = self.cloud
        if cloud is None:
            return
        found = [(row, self._thumbnail(cloud, row)) for row in rows if row < len(cloud)]
        there = [(row, picture) for row, picture in found if picture is not None]
        if there:
            self.stage.map.put_thumbnails([row for row, _ in there], [picture for _, picture in there])

    def _thumbnail(self, cloud: Cloud, row: int) -> NDArray[Any] | None:
        """The picture of a point; of a patch, what is seen there."""
        picture = self._pictures.get(int(cloud.index[row]))
        return None if picture is None else patch_of(picture, cloud.grid, int(cloud.patch[row]))

    def arrived(self, images: Sequence[int]) -> None:
        """Pictures came."""
        cloud, fresh = self.cloud, frozenset(images)
        if cloud is not None:
            self._put_thumbnails([row for row in self._thumbs if row < len(cloud) and int(cloud.index[row]) in fresh])
        self.side.update_pictures()


def _same_points(a: Mapped, b: Mapped) -> bool:
    return np.array_equal(a.index, b.index) and np.array_equal(a.patch, b.patch)
