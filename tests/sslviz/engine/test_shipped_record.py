"""The records of models that ship, which hold few of their runs' snapshots."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sslviz.engine.record import open_run
from sslviz.spec.card import NAME

MODELS = sorted(card.parent for card in (Path(__file__).parents[3] / "models").glob(f"*/{NAME}"))


@pytest.mark.parametrize("folder", MODELS, ids=lambda folder: folder.name)
def test_snapshots_that_were_left_out_are_no_damage(folder):
    record = open_run(folder)
    assert record.failure is None
    assert all(path.is_file() for path in record.snapshots)


def test_what_is_shown_first_has_a_timeline():
    assert len(open_run(MODELS[0].parent / "dino-shapes").snapshots) > 3


def test_the_same_of_a_run_of_ones_own_is_told(tmp_path):
    own = shutil.copytree(MODELS[0], tmp_path / "own")
    (own / NAME).unlink()
    failure = open_run(own).failure
    assert failure is not None
    assert "snapshots are missing" in failure.message
