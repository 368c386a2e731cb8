"""The last pictures of a run: numbers, images and names come back as they were."""

import numpy as np

from sslviz.spec.events import Peeked, frozen
from sslviz.training.peek_file import NAME, load_peeks, save_peeks


def test_numbers_and_text_come_back(tmp_path):
    arrays = {
        "values": frozen(np.array([[0.5, -1.0]], np.float32)),
        "images": frozen(np.arange(48, dtype=np.uint8).reshape(1, 1, 4, 4, 3)),
        "columns": frozen(np.array(["an orange star", "≥ 1", ""])),
        "texts": frozen(np.array([["a", "bb"], ["", "ccc"]])),
    }
    save_peeks(tmp_path, 7, {"captions": Peeked("x", 7, "captions", arrays, "a note")})
    (found,) = load_peeks(tmp_path, "run")
    assert (found.run_id, found.step, found.name, found.note) == ("run", 7, "captions", "a note")
    assert set(found.arrays) == set(arrays)
    for name, array in arrays.items():
        assert found.arrays[name].dtype == array.dtype
        assert (found.arrays[name] == array).all()
        assert not found.arrays[name].flags.writeable


def test_a_damaged_file_costs_nothing_but_the_pictures(tmp_path):
    assert load_peeks(tmp_path, "run") == ()
    (tmp_path / NAME).write_bytes(b"nonsense")
    assert load_peeks(tmp_path, "run") == ()
