"""The Train panel explains whatever a method declares, knowing no method: figures, networks, equation, wishes, choices."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.bridge.example_run import example_catalogue
from app.bridge.picture import RunPicture
from app.panels.train.explained import value_of
from app.panels.train.pages import shown_for
from app.widgets.choice_row import ChoiceRow
from app.widgets.heat_map import HeatMap
from app.widgets.series_plot import SeriesPlot
from app.widgets.tile_grid import TileGrid
from sslviz.spec.catalogue import GENERAL, Box, FigureInfo, Link, Symbol
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Flipped, Peeked, Referenced, Scalars, Started, frozen
from sslviz.spec.params import ParamInfo
from sslviz.spec.requests import SetParam

CATALOGUE = example_catalogue()
FIGURES = (
    FigureInfo("made_matrix", "A matrix", "matrix", "how to read it", "answer", "class", 0.0, 1.0),
    FigureInfo("made_bars", "Bars", "bars", "how to read them", "place", "share", series=("one", "two"), switch="stop"),
    FigureInfo("made_curves", "Curves", "curves", "how to read them", series=("a",)),
    FigureInfo("made_tiles", "Tiles", "tiles", "how to read them"),
)
MADE = dataclasses.replace(
    CATALOGUE.methods[0], name="made_up", title="Made up", figures=FIGURES, shows=("views", "spectrum"),
    params=(ParamInfo("tau", "float", 0.2, "temperature", 0.01, 2.0), ParamInfo("stop", "bool", True, "stop"),
            ParamInfo("mask", "choice", "random", "mask", choices=("random", "block"))),
    equation="a = b", symbols=(Symbol("L", "loss", "loss"), Symbol("t", "temperature", "tau"), Symbol("N", "images", "batch_size"),
                               Symbol("m", "momentum", "momentum"), Symbol("s", "stop", "stop"), Symbol("i", "an image")),
    boxes=(Box("x", "view", 0, 0, "view"), Box("f", "encoder", 1, 0), Box("t", "teacher", 1, 1, "teacher"),
           Box("l", "loss", 2, 0, "loss")),
    links=(Link("x", "f"), Link("f", "l"), Link("f", "t", "ema"), Link("t", "l", "stop", "stop", "data")),
    source="def loss(z):\n    return z.sum()\n",
)  # fmt: skip
BOTH = dataclasses.replace(CATALOGUE, methods=(*CATALOGUE.methods, MADE))


@pytest.fixture
def made(panel):
    """The panel and a run of the made-up method, started."""
    panel.configure(RunConfig(), BOTH)
    picture = RunPicture("made")
    config = RunConfig(method="made_up", params={"tau": 0.3}, batch_size=64)
    picture.fold(Started("made", 0, config, "made", True, "cpu", "", 100, 100, 100))
    panel.refresh(picture)
    return picture


def scalars(picture, step, **values):
    row = frozen(np.array([list(values.values())]))
    picture.fold(Scalars(picture.run_id, step, tuple(values), frozen(np.array([step])), row))


def arrays(name):
    values, images = np.random.default_rng(0).random((2, 5)), np.zeros((2, 5, 4, 4, 3), np.uint8)
    words = np.array([list("abcde"), list("fghij")])
    return {"made_matrix": {"values": values, "rows": np.array(["r0", "r1"])},
            "made_bars": {"values": values, "names": np.array(list("vwxyz")), "line": np.array([0.5])},
            "made_curves": {"values": values[:1], "x": np.arange(5.0) * 10}, "made_tiles": {"images": images, "texts": words}}[name]  # fmt: skip


# Figures -------------------------------------------------------------------------------------------------------------


def test_every_kind_of_figure_is_drawn_from_its_arrays(panel, draw, made):
    for info in FIGURES:
        made.fold(Peeked("made", 7, info.name, arrays(info.name)))
    draw(made, panel.method)
    bodies = {piece.info.name: piece.body for piece in panel.method.figures}
    assert [type(body) for body in bodies.values()] == [HeatMap, SeriesPlot, SeriesPlot, TileGrid]
    np.testing.assert_array_equal(bodies["made_matrix"].values, arrays("made_matrix")["values"])
    assert bodies["made_matrix"].rows == ("r0", "r1")
    assert bodies["made_bars"].places == tuple("vwxyz")
    assert bodies["made_bars"].levels.tolist() == [0.5]
    assert bodies["made_curves"].at.tolist() == [0, 10, 20, 30, 40]
    assert bodies["made_tiles"].texts[1] == list("fghij")
    assert all("step 7" in piece.card.title for piece in panel.method.figures)


def test_a_figure_names_the_flip_that_it_is_about(panel, draw, made):
    made.fold(Peeked("made", 7, "made_bars", arrays("made_bars")))
    made.fold(Flipped("made", 6, "stop", True, False))
    draw(made, panel.method)
    titles = {piece.info.name: piece.card.title for piece in panel.method.figures}
    assert titles["made_bars"] == "Bars, step 7 · stop → off"
    assert "→" not in titles["made_matrix"]


def test_a_figure_without_its_array_says_that_nothing_was_seen(panel, draw, made):
    made.fold(Peeked("made", 7, "made_matrix", {"rows": np.array(["a"])}))
    draw(made, panel.method)
    assert panel.method.figures[0].body.reading() == "not seen yet"


# What is asked for ---------------------------------------------------------------------------------------------------


def test_only_what_the_page_in_front_draws_is_watched(panel, draw, made, qtbot):
    draw(made)
    own = {info.name for info in FIGURES}
    for page, wanted in ((panel.overview, {"views", "spectrum", "made_tiles", "made_matrix"}), (panel.curves, set()),
                         (panel.batch, {"views"}), (panel.space, {"spectrum"}), (panel.method, own), (panel.equation, set())):  # fmt: skip
        with qtbot.waitSignal(panel.wishes_changed, raising=False, timeout=1):
            panel.tabs.setCurrentWidget(page)
        assert set(panel.wants) == wanted, page.title


def test_a_run_of_another_method_changes_the_wishes_and_tells(panel, draw, made, picture_at, qtbot):
    draw(picture_at(300), panel.batch)
    assert set(panel.wants) == {"views", "similarity"}
    with qtbot.waitSignal(panel.wishes_changed):
        draw(made)
    assert panel.wants == ("views",)


def test_what_means_nothing_for_a_method_gives_its_place_to_its_own_figures(panel, draw, made):
    draw(made)
    cards = {card.title for card in panel.overview.dashboard.cards}
    assert panel.overview.batch.similarity not in panel.overview.dashboard.cards
    assert not panel.overview.batch.similarity.isVisible()
    assert {"A matrix", "Tiles"} <= cards
    draw(made, panel.batch)
    assert panel.batch.dashboard.cards[-1] is panel.batch.batch.pairs
    draw(made, panel.space)
    assert panel.space.dashboard.cards == [panel.space.spectrum.card]


def test_a_method_that_nobody_knows_is_shown_in_general():
    assert shown_for(None, *GENERAL) == GENERAL
    assert shown_for(MADE, *GENERAL) == ("views", "spectrum")


def test_pages_without_content_have_no_tab(panel, draw, picture_at):
    draw(picture_at(10))  # the example method declares neither figures nor boxes nor an equation
    visible = [panel.tabs.tabText(k) for k in range(panel.tabs.count()) if panel.tabs.isTabVisible(k)]
    assert visible == ["Overview", "Curves", "Batch", "Embeddings"]


# Curves of what was measured -----------------------------------------------------------------------------------------


def test_curves_come_with_their_first_value_and_not_before(panel, draw, made):
    draw(made, panel.curves)
    assert len(panel.curves.dashboard.cards) == 2
    scalars(made, 1, loss=1.0, teacher_entropy=2.0, mean_entropy=3.0, kl=float("nan"))
    made.fold(Referenced("made", 1, "teacher_entropy", "uniform ln K", 4.0))
    made.fold(Referenced("made", 1, "mean_entropy", "uniform ln K", 4.0))
    draw(made, panel.curves)
    assert panel.curves.curves["entropy"].card.isVisibleTo(panel)
    assert not panel.curves.curves["kl"].card.isVisibleTo(panel)
    assert panel.curves.curves["entropy"].plot.references.lines == (("uniform ln K", 4.0),)
    scalars(made, 2, kl=0.5)
    draw(made, panel.curves)
    assert panel.curves.curves["kl"].card.isVisibleTo(panel)


def test_a_batch_is_called_by_what_there_is_of_each_image(panel, draw, made):
    one = np.zeros((1, 4, 8, 8, 3), np.uint8)
    labels = {"indices": np.arange(4), "labels": np.full(4, -1)}
    for views, title in (({"images": one}, "Images"), ({"images": np.repeat(one, 2, 0)}, "Pairs"),
                         ({"images": np.repeat(one, 2, 0), "images_1": one[:, :, ::2, ::2]}, "Views")):  # fmt: skip
        made.fold(Peeked("made", 3, "views", {**views, **labels}))
        draw(made, panel.batch)
        assert panel.batch.batch.pairs.title == f"{title} of step 3"
    assert len(panel.batch.batch.body.grid.groups) == 2


# Networks, equation, source ------------------------------------------------------------------------------------------


def test_the_networks_follow_the_switches(panel, draw, made):
    scalars(made, 1, momentum=0.99)
    draw(made, panel.method)
    before = {(arrow.source, arrow.target): arrow for arrow in panel.method.networks.diagram.arrows}
    assert before["t", "l"].kind == "stop"
    assert before["f", "t"].label == "EMA 0.99"
    made.fold(Flipped("made", 5, "stop", True, False))
    draw(made, panel.method)
    after = {(arrow.source, arrow.target): arrow for arrow in panel.method.networks.diagram.arrows}
    assert after["t", "l"].kind == "data"
    assert after["t", "l"].returns
    assert panel.method.networks.diagram.changed == {3}


def test_symbols_show_measures_settings_and_fields_as_they_are_now(panel, draw, made):
    draw(made, panel.equation)
    values = [label.text() for label in panel.equation.equation.body.symbols.values]
    assert values == ["–", "0.3", "64", "–", "on", ""]
    scalars(made, 1, loss=1.25, momentum=0.996)
    made.fold(Flipped("made", 1, "tau", 0.3, 0.05))
    made.fold(Flipped("made", 1, "stop", True, False))
    draw(made, panel.equation)
    values = [label.text() for label in panel.equation.equation.body.symbols.values]
    assert values == ["1.25", "0.05", "64", "0.996", "off", ""]


def test_a_field_of_a_part_of_the_configuration_has_a_value_too(made):
    assert value_of("optimiser.weight_decay", made, BOTH) == "0.0001"
    assert value_of("nothing_of_the_kind", made, BOTH) == ""


def test_the_source_is_the_method_files_and_is_copied(panel, draw, made, qtbot):
    draw(made, panel.equation)
    piece = panel.equation.source
    assert piece.view.source == MADE.source
    assert "made_up.py" in piece.card.title
    qtbot.mouseClick(piece.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == MADE.source
    assert piece.copy.text() == "Copied"
    qtbot.waitUntil(lambda: piece.copy.text() == "Copy")


# One key away --------------------------------------------------------------------------------------------------------


def test_the_key_leads_to_the_equation_and_back(panel, draw, made, qtbot):
    draw(made, panel.batch)
    panel.addAction(panel.look_up)  # as the shell does
    qtbot.keyClick(panel, Qt.Key.Key_F2)
    assert panel.page is panel.equation
    assert panel.toolbar.equation.isChecked()
    qtbot.keyClick(panel, Qt.Key.Key_F2)
    assert panel.page is panel.batch
    assert not panel.toolbar.equation.isChecked()


def test_before_a_run_the_key_looks_up_the_method_that_is_chosen(panel, qtbot):
    panel.configure(RunConfig(method="made_up"), BOTH)
    panel.refresh(None)
    panel.look_up.trigger()
    assert panel.stack.currentWidget() is panel.body
    assert panel.equation.source.view.source == MADE.source
    qtbot.waitUntil(lambda: panel.equation.equation.body.symbols.values[1].text() == "0.2")
    assert "Press Train" in panel.banner.sentence.text()
    panel.refresh(None)  # as the shell does when views are switched
    assert panel.page is panel.equation
    panel.configure(RunConfig(method="made_up", params={"tau": 0.7}), BOTH)
    qtbot.waitUntil(lambda: panel.equation.equation.body.symbols.values[1].text() == "0.7")
    panel.look_up.trigger()
    assert panel.stack.currentWidget() is panel.idle


def test_a_run_that_starts_takes_the_place_of_what_was_looked_up(panel, draw, made):
    panel.configure(RunConfig(method="made_up"), BOTH)
    panel.look_up.trigger()
    scalars(made, 1, loss=1.0)
    draw(made)
    assert panel.equation.equation.body.symbols.values[0].text() == "1"


# Choices -------------------------------------------------------------------------------------------------------------


def test_a_live_choice_has_an_editor_between_switches_and_sliders(panel, draw, made):
    draw(made)
    assert list(panel.board.widgets)[:3] == ["stop", "mask", "tau"]
    row = panel.board.widgets["mask"]
    assert isinstance(row, ChoiceRow)
    asked = []
    panel.requested.connect(asked.append)
    row._chosen("block")
    assert asked == [SetParam("made", "mask", "block")]
    made.fold(Flipped("made", 3, "mask", "random", "block"))
    draw(made)
    assert row.value == "block"
