"""Files against cards: what ships is whole, small and what its card describes."""

import pytest

from sslviz.library import shelf
from sslviz.library.errors import LibraryError
from sslviz.spec.card import NAME, WEIGHTS
from sslviz.training.kept_weights import snapshot_steps_in
from sslviz.training.snapshots import snapshot_path


def test_the_models_that_ship_are_what_their_cards_describe():
    models = shelf.folders()
    assert {"dino-shapes", "mae-shapes"} <= {folder.name for folder in models}
    assert {folder.name: shelf.problems_of(folder) for folder in models} == {folder.name: () for folder in models}
    assert shelf.too_large(models) == ""


def test_a_good_model_has_no_problems(own_model):
    assert shelf.problems_of(own_model) == ()
    assert shelf.size_of(own_model) == sum(path.stat().st_size for path in own_model.rglob("*") if path.is_file())


def test_weights_that_changed_are_found(own_model):
    path = own_model / WEIGHTS
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    assert shelf.problems_of(own_model) == (
        "model.safetensors is not the file that the card describes: its sha256 differs.",
    )
    path.unlink()
    assert shelf.problems_of(own_model) == ("model.safetensors is missing.",)


def test_a_damaged_snapshot_or_card_is_found(own_model):
    snapshot = snapshot_path(own_model, snapshot_steps_in(own_model)[0])
    snapshot.write_bytes(snapshot.read_bytes()[:100])
    assert "is damaged" in shelf.problems_of(own_model)[0]
    (own_model / NAME).write_text("name = 3")
    assert "describes no model" in shelf.problems_of(own_model)[0]


def test_what_is_too_large_is_found(own_model, monkeypatch):
    monkeypatch.setattr(shelf, "LARGEST", 1_000)
    monkeypatch.setattr(shelf, "TOGETHER", 1_000)
    (problem,) = shelf.problems_of(own_model)
    assert problem.startswith("model.safetensors has ")
    assert problem.endswith("more than 1 KB.")
    assert "more than 1 KB" in shelf.too_large([own_model])


def test_a_place_in_the_record_is_found(own_model):
    events = own_model / "events.jsonl"
    events.write_text(
        events.read_text() + '{"kind":"Failed","step":1,"error":"x","text":"in /srv/ada/run","hint":""}\n'
    )
    assert "events.jsonl says where files lay on its maker's machine." in shelf.problems_of(own_model)


def test_a_folder_of_another_name_is_found(own_model):
    other = own_model.rename(own_model.parent / "other")
    assert shelf.problems_of(other) == ("card.toml is of model.",)


def test_models_are_found_by_name_and_by_folder(own_model):
    assert shelf.folders(["dino-shapes", str(own_model)])[1] == own_model
    assert shelf.shelf([str(own_model)])[0].card.name == "model"
    with pytest.raises(LibraryError, match="No model that ships is called 'dino'") as error:
        shelf.folders(["dino"])
    assert "dino-shapes" in error.value.hint
