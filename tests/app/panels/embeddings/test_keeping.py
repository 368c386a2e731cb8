"""What was caught on the map goes to disk: a folder, a zip, a table, or nothing at all."""

from __future__ import annotations

import csv
import zipfile

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.panels.embeddings import EmbeddingsPanel
from app.panels.embeddings.example import CLASSES, DATA, DESCRIPTION, MODEL, answer, label_of, picture
from app.panels.embeddings.keeping import BATCH, Keepsake
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.evaluation import FetchImages
from sslviz.spec.events import Refused
from sslviz.spec.mapping import MapFeatures

CAUGHT = 40
"""More than are fetched at a time."""


@pytest.fixture
def panel(qtbot):
    """A panel with images that were caught; nothing is answered by itself."""
    made = EmbeddingsPanel()
    qtbot.addWidget(made)
    made.use_ids(range(1, 100_000))
    made.resize(1200, 760)
    made.configure(RunConfig(), shipped_catalogue())
    asked = made.asked = []
    made.requested.connect(asked.append)
    made.show()
    made.look_at(MODEL, DESCRIPTION)
    qtbot.waitUntil(lambda: not made._pace.isActive())
    for request in [request for request in asked if isinstance(request, MapFeatures)]:
        made.answered(answer(request))
    made.catch(np.arange(CAUGHT))
    return made


def serve(panel, qtbot):
    """Answer what is fetched until nothing is written any more."""
    served = set()

    def done():
        for request in [r for r in panel.asked if isinstance(r, FetchImages) and r.request_id not in served]:
            served.add(request.request_id)
            panel.answered(answer(request))
        return not panel.harvest.keeping.is_busy

    qtbot.waitUntil(done)
    return served


def images_of(panel):
    return panel.stage.cloud.index[:CAUGHT].tolist()


def test_a_gallery_says_how_many_and_of_which_classes(panel):
    shares = panel.side.gallery.count.text()
    assert shares.startswith("40 images: ")
    labels = label_of(np.array(images_of(panel)))
    largest = CLASSES[np.bincount(labels).argmax()]
    assert f"{largest} {100 * np.bincount(labels).max() / CAUGHT:.0f}\u00a0%" in shares


def test_as_a_folder_with_a_folder_a_class_and_a_table_beside_it(panel, qtbot, tmp_path):
    panel.harvest.save(tmp_path / "mine")
    serve(panel, qtbot)
    files = sorted(path.relative_to(tmp_path / "mine").as_posix() for path in (tmp_path / "mine").rglob("*.png"))
    images = images_of(panel)
    names = [f"{CLASSES[label_of(np.array(k))]}/val-{k:06d}.png" for k in images]
    assert files == sorted(names)
    pixels = QImage(str(tmp_path / "mine" / names[0]))
    assert pixels.pixelColor(0, 0).red() == picture(images[0])[0, 0, 0]
    with (tmp_path / "mine.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["image"]) for row in rows] == images
    assert [row["file"] for row in rows] == names
    assert float(rows[3]["x"]) == pytest.approx(float(panel.stage.cloud.points[3, 0]))
    assert not list(tmp_path.glob("*.part"))
    assert "40 images are in" in panel.side.gallery.note.text()


def test_as_a_zip(panel, qtbot, tmp_path):
    panel.harvest.save(tmp_path / "mine.zip")
    serve(panel, qtbot)
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert len(archive.namelist()) == CAUGHT
        assert archive.testzip() is None
    assert (tmp_path / "mine.csv").exists()


def test_as_the_data_of_the_next_run(panel, qtbot, tmp_path):
    told = []
    panel.config_changed.connect(told.append)
    panel.harvest.use(tmp_path / "mine")
    assert not told
    serve(panel, qtbot)
    (config,) = told
    assert config.data.source == str(tmp_path / "mine")
    assert config.method == RunConfig().method


def test_what_is_cancelled_leaves_nothing(panel, qtbot, tmp_path):
    panel.harvest.save(tmp_path / "mine")
    (request,) = [r for r in panel.asked if isinstance(r, FetchImages) and len(r.indices) == BATCH]
    panel.answered(answer(request))
    panel.side.gallery.stop.click()
    qtbot.waitUntil(lambda: not panel.harvest.keeping.is_busy)
    assert list(tmp_path.iterdir()) == []
    assert "nothing was written" in panel.side.gallery.note.text()


def test_data_that_vanished_leave_nothing(panel, qtbot, tmp_path):
    panel.harvest.save(tmp_path / "mine")
    request = [r for r in panel.asked if isinstance(r, FetchImages) and len(r.indices) == BATCH][-1]
    panel.answered(Refused("", 0, request.request_id, "DataError", "The folder is gone.", "Bring it back."))
    assert panel.side.gallery.note.text() == "The folder is gone. Bring it back."
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_holds_something_is_not_written_over(panel, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    panel.harvest.save(tmp_path / "mine")
    assert "is not empty" in panel.side.gallery.note.text()
    assert not panel.harvest.keeping.is_busy
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_place_that_cannot_be_written_to_is_a_sentence(panel, tmp_path):
    (tmp_path / "file").write_text("")
    panel.harvest.save(tmp_path / "file" / "mine")
    assert "could not be written" in panel.side.gallery.note.text()


def test_names_of_classes_become_names_of_folders(tmp_path):
    what = Keepsake(tmp_path / "x", DATA, "train", (1, 2, 3), ("a/b", "..", "C:"), ((0.0, 0.0),) * 3)
    assert what.names() == ["a_b/train-000001.png", "unlabelled/train-000002.png", "C_/train-000003.png"]
    flat = Keepsake(tmp_path / "x", DATA, "train", (1,), ("",), ((0.0, 0.0),))
    assert flat.names() == ["train-000001.png"]


def test_the_gallery_gives_its_images_to_the_patch_map(panel, qtbot):
    panel.side.gallery.patches.click()
    qtbot.waitUntil(lambda: not panel._pace.isActive())
    plan = [r for r in panel.asked if isinstance(r, MapFeatures)][-1].features
    assert plan.chosen == tuple(images_of(panel)[:32])


def test_clearing_lets_go(panel):
    panel.stage.map.mark(np.arange(CAUGHT))
    panel.side.gallery.clear.click()
    assert not panel.side.gallery.images
    assert not len(panel.stage.map.marked)
