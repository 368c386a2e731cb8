"""Figures as files: as on screen at any scale, lines as lines, numbers in full, whole or not at all; and the dialog that asks."""

from __future__ import annotations

import csv
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QFileDialog, QLabel, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from app.widgets import save_dialog
from app.widgets.card import Card
from app.widgets.curve_plot import Curve, CurvePlot
from app.widgets.dashboard import Dashboard
from app.widgets.figure_caption import of_run
from app.widgets.figure_data import as_text, file_name, parts_of, save_arrays, save_table, save_tables
from app.widgets.heat_map import HeatMap
from app.widgets.image_grid import ImageGrid
from app.widgets.map_mosaic import example as mosaic_example
from app.widgets.save_dialog import Memory, SaveDialog, caption_around
from app.widgets.saving import BY_HAND, SAID_BELOW, picture_of, save_picture, size_of
from app.widgets.theme import DARK, LIGHT
from app.widgets.whole_file import written_whole
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.spec.events import Flipped
from tests.pdf_pages import page_of, words_of

CAPTION = "simclr · seed 7 · sha256 0123456789"


class View(QWidget):
    """Two plots and a matrix, in cards, with something to say of themselves."""

    def __init__(self) -> None:
        super().__init__()
        plots = [CurvePlot("y"), CurvePlot("y")]
        for plot in plots:
            plot.set_x_label("step")
            plot.set_curves([Curve("loss", np.array([1.0, 2.0, 3.0]), np.array([0.1, 1 / 3, np.nan]))])
        self.heat = HeatMap("x", "y")
        self.heat.set_matrix(np.arange(6.0).reshape(2, 3), ("a", "b"), ("p", "q", "r"))
        self.dashboard = Dashboard([[Card("Loss", plots[0]), Card("Loss", plots[1]), Card("Heat: a/b", self.heat)]])
        self.dashboard.set_theme(LIGHT)
        QVBoxLayout(self).addWidget(self.dashboard)

    def figure_caption(self) -> str:
        return CAPTION


@pytest.fixture
def view(qtbot):
    made = View()
    qtbot.addWidget(made)
    made.resize(1000, 360)
    made.show()
    return made


@pytest.fixture(autouse=True)
def fresh_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(SaveDialog, "last", Memory(folder=str(tmp_path)))


@pytest.fixture
def dialog(view, qtbot):
    made = SaveDialog(view.dashboard, "Train: overview", CAPTION, view)
    made.show()
    return made


def dark_share(image: QImage, least: int = 90) -> float:
    """Share of the pixels that are darker than the ground."""
    step = max(image.width() // 400, 1)
    spots = [(x, y) for x in range(0, image.width(), step) for y in range(0, image.height(), step)]
    return sum(image.pixelColor(x, y).lightness() < 255 - least for x, y in spots) / len(spots)


# Pictures -----------------------------------------------------------------------------------------------------------


def thickness(image: QImage, ink: str) -> int:
    """The most pixels of a colour that lie in one column."""
    want = QColor(ink)

    def near(x: int, y: int) -> bool:
        got = image.pixelColor(x, y)
        return abs(got.red() - want.red()) + abs(got.green() - want.green()) + abs(got.blue() - want.blue()) < 150

    columns = range(image.width() // 2, image.width() // 2 + 20, 5)
    return max(sum(near(x, y) for y in range(image.height() // 4, image.height())) for x in columns)


@pytest.mark.parametrize("scale", [1, 2, 4])
def test_a_file_has_the_scale_that_was_chosen_and_its_lines_are_as_thick(view, qtbot, tmp_path, scale):
    plot = CurvePlot("y")
    qtbot.addWidget(plot)
    plot.set_theme(LIGHT)
    plot.set_curves([Curve("loss", np.arange(9.0), np.ones(9))])
    plot.resize(400, 300)
    plot.show()
    plot.grab()
    save_picture(plot, tmp_path / "a.png", "a", scale)
    image = QImage(str(tmp_path / "a.png"))
    assert image.size() == plot.size() * scale
    assert image.dotsPerMeterX() == pytest.approx(96 * scale / 0.0254, abs=1)
    thin = thickness(picture_of(plot), LIGHT.series[0])
    assert thin == 1
    assert thickness(image, LIGHT.series[0]) == pytest.approx(scale, abs=1)


def test_saving_leaves_the_screen_as_it_was(view):
    before = view.dashboard.grab().toImage()
    picture_of(view.dashboard, 3.0, CAPTION)
    assert view.dashboard.grab().toImage() == before


def test_buttons_are_not_in_the_file_but_have_their_place(view):
    card = view.dashboard.cards[0]
    spot = card.more.geometry()
    saved, seen = picture_of(card), card.grab().toImage()
    assert (
        len({seen.pixel(x, y) for x in range(spot.left(), spot.right()) for y in range(spot.top(), spot.bottom())}) > 1
    )
    assert (
        len({saved.pixel(x, y) for x in range(spot.left(), spot.right()) for y in range(spot.top(), spot.bottom())})
        == 1
    )
    assert card.more.graphicsEffect() is None


@pytest.mark.parametrize(
    ("name", "caption", "drawn"), [(BY_HAND, "", False), (SAID_BELOW, CAPTION, False), (SAID_BELOW, "", True)]
)
def test_what_is_for_the_hand_and_what_the_caption_repeats_is_left_out(qtbot, name, caption, drawn):
    figure, words = QWidget(), QLabel("zoom in, zoom out")
    qtbot.addWidget(figure)
    QVBoxLayout(figure).addWidget(words)
    words.setProperty(name, True)
    figure.resize(300, 60)
    figure.show()
    saved = picture_of(figure, 1.0, caption).copy(words.geometry())
    assert (dark_share(saved) > 0) == drawn
    assert dark_share(figure.grab().toImage()) > 0


def test_the_caption_is_below_in_the_picture_and_in_words(view, tmp_path):
    save_picture(view.dashboard, tmp_path / "a.png", "Overview", 1, CAPTION)
    image = QImage(str(tmp_path / "a.png"))
    assert image.size() == size_of(view.dashboard, CAPTION)
    assert image.height() > view.dashboard.height() + 10
    assert (image.text("Title"), image.text("Description"), image.text("Software")) == ("Overview", CAPTION, "SSLViz")
    below = image.copy(0, view.dashboard.height(), image.width(), image.height())
    assert dark_share(below) > 0.005
    narrow = size_of(view.dashboard.cards[0], CAPTION * 4).height() - view.dashboard.cards[0].height()
    assert narrow > 1.5 * (image.height() - view.dashboard.height())


def test_lines_and_text_stay_so_in_svg_and_pdf(view, tmp_path):
    card = view.dashboard.cards[0]
    for name in ("a.svg", "a.pdf"):
        save_picture(card, tmp_path / name, "Loss", caption=CAPTION)
    root = ET.parse(tmp_path / "a.svg").getroot()  # noqa: S314  written a line above
    tags = [element.tag.rpartition("}")[2] for element in root.iter()]
    words = " ".join("".join(element.itertext()) for element in root.iter() if element.tag.endswith("}text"))
    assert tags.count("text") >= 5
    assert {"Loss", "step"} <= set(words.split())
    assert CAPTION in "".join(root.itertext())
    box = [float(value) for value in root.attrib["viewBox"].split()]
    assert box[2:] == [size_of(card, CAPTION).width(), size_of(card, CAPTION).height()]
    said = words_of(tmp_path / "a.pdf")
    assert "Loss" in said
    assert CAPTION in said


def seen(image):
    """(H, W, 3) float of a QImage."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(float)


def apart(one, other, side=8):
    """The share of squares of `side` pixels in which two pictures differ by more than a quarter; a pixel at the border is left."""
    high, wide = (min(a, b) // side * side for a, b in zip(one.shape[:2], other.shape[:2], strict=True))
    squares = [a[:high, :wide].reshape(high // side, side, wide // side, side, 3).mean((1, 3)) for a in (one, other)]
    return float((np.abs(squares[0] - squares[1]).max(-1) > 64).mean())


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_pdf_shows_what_is_on_screen(view, tmp_path, theme, qtbot):
    view.dashboard.set_theme(theme)
    for figure in (view.dashboard, *view.dashboard.cards):
        save_picture(figure, tmp_path / "a.pdf", "Loss", caption=CAPTION)
        page, screen = page_of(tmp_path / "a.pdf"), seen(picture_of(figure, 1.0, CAPTION))
        assert np.abs(np.subtract(page.shape, screen.shape)).max() <= 1
        assert apart(page, screen) == 0


def scrolled():
    """Rows and lines that do not fit; the last of each that is seen is seen by half."""
    whole, area, rows = QWidget(), QScrollArea(), QWidget()
    inside, column = QVBoxLayout(rows), QVBoxLayout(whole)
    inside.setSpacing(0)
    inside.setContentsMargins(0, 0, 0, 0)
    for k in range(12):
        row = QLabel(f"row {k} MMMMMMMMM")
        row.setFixedHeight(30)
        inside.addWidget(row)
    area.setWidget(rows)
    area.setFixedHeight(110)
    text = QPlainTextEdit("\n".join(f"line {k} MMMMMMMMM" for k in range(30)))
    text.setFixedHeight(round(5.5 * text.fontMetrics().lineSpacing()))
    for widget in (QLabel("head"), area, QLabel("between"), text, QLabel("foot")):
        column.addWidget(widget)
    return whole, area


@pytest.mark.parametrize("kind", ["pdf", "svg"])
def test_what_is_scrolled_out_of_sight_does_not_lie_over_the_rest(qtbot, tmp_path, kind):
    whole, area = scrolled()
    qtbot.addWidget(whole)
    whole.resize(260, 320)
    whole.show()
    area.verticalScrollBar().setValue(15)
    for figure in (whole, area):
        path = tmp_path / f"a.{kind}"
        save_picture(figure, path, "rows", caption=CAPTION)
        page = page_of(path) if kind == "pdf" else seen(drawn(path, size_of(figure, CAPTION)))
        assert apart(page, seen(picture_of(figure, 1.0, CAPTION))) == 0
    assert whole.graphicsEffect() is None
    assert not any(widget.graphicsEffect() for widget in whole.findChildren(QWidget))


def drawn(path, size):
    """An SVG file as Qt reads it."""
    image = QImage(size, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    QSvgRenderer(str(path)).render(painter)
    painter.end()
    return image


def test_dark_figures_are_dark(qtbot):
    card = Card("Loss", HeatMap())
    qtbot.addWidget(card)
    card.setStyleSheet("QFrame#card { background: #1e2228; }")
    card.set_theme(DARK)
    card.resize(300, 200)
    assert picture_of(card).pixelColor(150, 190).lightness() < 80


def test_a_picture_that_would_not_fit_into_memory_is_made_less_fine(view, monkeypatch):
    monkeypatch.setattr("app.widgets.saving.MOST_PIXELS", 4 * view.width() * view.height())
    image = picture_of(view, 50.0)
    assert image.width() == pytest.approx(2 * view.width(), abs=2)


# Numbers ------------------------------------------------------------------------------------------------------------


def test_every_picture_in_sight_gives_its_numbers_by_the_title_of_its_card(view):
    assert [part.title for part in parts_of(view.dashboard, "all")] == ["Loss", "Loss 2", "Heat: a/b"]
    view.dashboard.cards[1].hide()
    assert [part.title for part in parts_of(view.dashboard, "all")] == ["Loss", "Heat: a/b"]
    assert [part.title for part in parts_of(view.heat, "mine")] == ["mine"]
    assert parts_of(QLabel("words"), "none") == ()


def test_tables_are_files_beside_each_other_with_numbers_in_full(view, tmp_path):
    paths = save_tables(parts_of(view.dashboard, "all"), tmp_path / "run.csv")
    assert [path.name for path in paths] == ["run - Loss.csv", "run - Loss 2.csv", "run - Heat- a-b.csv"]
    rows = list(csv.reader(paths[0].read_text(encoding="utf-8").splitlines()))
    assert rows == [["step", "loss"], ["1.0", "0.1"], ["2.0", repr(1 / 3)], ["3.0", ""]]
    (path,) = save_tables(parts_of(view.heat, "heat"), tmp_path / "one.csv")
    assert path.name == "one.csv"
    assert as_text(parts_of(view.heat, "heat")).splitlines()[1].split("\t") == ["0.0", "1.0", "2.0"]


def test_arrays_keep_their_shape_and_what_they_are_of(view, tmp_path):
    save_arrays(parts_of(view.dashboard, "all"), tmp_path / "a.npz", "Overview", CAPTION)
    with np.load(tmp_path / "a.npz") as found:
        assert (str(found["title"]), str(found["caption"])) == ("Overview", CAPTION)
        np.testing.assert_array_equal(found["Heat- a-b/values"], view.heat.values)
        assert found["Heat- a-b/rows"].tolist() == ["a", "b"]
        np.testing.assert_array_equal(found["Loss/loss"], [0.1, 1 / 3, np.nan])


def test_pictures_are_arrays_of_their_pixels(qtbot, tmp_path):
    grid, maps = ImageGrid(), mosaic_example()
    for widget in (grid, maps):
        qtbot.addWidget(widget)
    pixels = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(1, 2, 4, 5, 3)
    grid.set_images(pixels, ["image 3"], ["original", "view 1"])
    save_arrays(parts_of(grid, "grid"), tmp_path / "a.npz", "", "")
    with np.load(tmp_path / "a.npz") as found:
        np.testing.assert_array_equal(found["image 3, view 1"], pixels[0, 1])
    grid.set_images(pixels, ["same"], ["name", "name"])
    assert set(grid.arrays()) == {"row 0, picture 0", "row 0, picture 1"}
    arrays = maps.arrays()
    assert arrays["layer 12, head 3"].shape == (14, 14)
    assert arrays["picture"].shape == (64, 64, 3)


# Files --------------------------------------------------------------------------------------------------------------


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fill_the_disk() -> None:
        with written_whole(path) as place:
            place.write_text("half")
            raise OSError(28, "No space left")

    with pytest.raises(OSError, match="could not be written: No space"):
        fill_the_disk()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.png", "a.svg", "a.pdf"])
def test_a_folder_that_is_not_there_is_said(view, tmp_path, name):
    with pytest.raises(OSError, match="could not be written"):
        save_picture(view, tmp_path / "gone" / name, "a")
    with pytest.raises(OSError, match="could not be written"):
        save_table(parts_of(view.heat, "heat")[0], tmp_path / "gone" / "a.csv")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Attention, DINO: ViT-S/16", "Attention, DINO- ViT-S-16"),
        ("  a\n b ", "a b"),
        ("...", "figure"),
        ("", "figure"),
    ],
)
def test_titles_become_names_of_files(title, name):
    assert file_name(title) == name


# The dialog ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "csv", "npz"])
def test_the_dialog_writes_each_kind_and_remembers_it(view, dialog, tmp_path, kind, monkeypatch):
    asked = []
    monkeypatch.setattr(
        QFileDialog,
        "getSaveFileName",
        lambda _parent, _title, start, _kinds: (asked.append(start), (str(tmp_path / "mine"), ""))[1],
    )
    dialog.kinds.buttons[kind].click()
    dialog.scales.buttons["3"].click()
    dialog.save.click()
    assert asked == [str(tmp_path / f"Train- overview.{kind}")]
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written[0] == (f"mine.{kind}" if kind != "csv" else "mine - Heat- a-b.csv")
    assert (SaveDialog.last.kind, SaveDialog.last.scale) == (kind, "3")
    if kind == "png":
        assert QImage(str(tmp_path / "mine.png")).size() == size_of(view.dashboard, CAPTION) * 3


def test_it_says_how_large_the_picture_is_and_shows_it(view, dialog):
    dialog.scales.buttons["4"].click()
    dialog.captioned.setChecked(False)
    assert dialog.pixels.text() == f"{4 * view.dashboard.width():,} × {4 * view.dashboard.height():,} pixels"
    assert not dialog.look.pixmap().isNull()
    dialog.kinds.buttons["csv"].click()
    assert dialog.about.text() == "3 tables, a file each, beside each other."
    assert not dialog.scales.isVisible()
    assert not dialog.caption.isEnabled()


def test_the_caption_can_be_edited_and_left_out(dialog, tmp_path):
    dialog.caption.setPlainText("Figure 3")
    assert dialog.words == "Figure 3"
    assert dialog.write(tmp_path / "a.png")
    assert QImage(str(tmp_path / "a.png")).text("Description") == "Figure 3"


def test_what_went_wrong_is_said_and_the_dialog_stays(dialog, tmp_path):
    assert not dialog.write(tmp_path / "gone" / "a.png")
    assert dialog.isVisible()
    assert "could not be written" in dialog.problem.text()
    assert "Choose a folder" in dialog.problem.text()


def test_a_figure_without_numbers_offers_pictures_only(qtbot, view):
    SaveDialog.last.kind = "csv"
    dialog = SaveDialog(QLabel("words", view), "Words", "", view)
    assert [key for key, button in dialog.kinds.buttons.items() if button.isEnabled()] == ["png", "svg", "pdf"]
    assert dialog.kinds.value == "png"
    assert not dialog.captioned.isChecked()


def test_a_caption_that_the_figure_has_already_is_not_repeated(qtbot, view):
    label = QLabel(CAPTION, view.dashboard)
    label.show()
    dialog = SaveDialog(view.dashboard, "a", CAPTION, view)
    assert not dialog.captioned.isChecked()
    assert dialog.caption.toPlainText() == CAPTION


def test_the_clipboard_gets_the_picture_or_the_table(view, dialog):
    dialog.scales.buttons["2"].click()
    dialog.to_clipboard()
    assert QGuiApplication.clipboard().image().size() == size_of(view.dashboard, CAPTION) * 2
    again = SaveDialog(view.heat, "Heat", "", view)
    again.kinds.buttons["csv"].click()
    again.to_clipboard()
    assert QGuiApplication.clipboard().text().startswith("p\tq\tr\n0.0\t1.0")


def test_a_card_knows_what_its_view_says_and_offers_both(view, qtbot):
    card = view.dashboard.cards[2]
    assert caption_around(card) == CAPTION
    assert caption_around(QLabel()) == ""
    texts = [action.text() for action in card.menu().actions()]
    assert {"Export…", "Copy picture"} <= set(texts)
    dialog = card.export()
    assert dialog.caption.toPlainText() == CAPTION
    dialog.close()
    save_dialog.copy(card)
    assert QGuiApplication.clipboard().image().size() == size_of(card, CAPTION) * 2


def test_a_run_says_its_settings_and_what_was_changed_on_the_way():
    config = RunConfig("dino", {"tau": 0.04, "centering": True}, DataConfig("shapes", dials={"objects": 2}), seed=3)
    said = of_run(config, "/runs/monday", 120, [Flipped("", 50, "centering", True, False)])
    for word in ("monday", "dino", "shapes (objects 2)", "step 120 of 2,000", "tau 0.04", "centering on", "seed 3",
                 "centering off from step 50"):  # fmt: skip
        assert word in said
