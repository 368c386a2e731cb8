"""Registry, errors, events, catalogue, places: the small parts that everything leans on."""

import pickle

import numpy as np
import pytest

from sslviz.spec import places
from sslviz.spec.augmentation import Augmentation
from sslviz.spec.catalogue import AugmentationInfo, Catalogue, MethodInfo, from_json, to_json
from sslviz.spec.config import OptimiserConfig
from sslviz.spec.errors import SpecError, SSLVizError
from sslviz.spec.events import frozen
from sslviz.spec.measures import MEASURES
from sslviz.spec.params import ParamInfo
from sslviz.spec.registry import Registry


def test_registry_lists_names_and_refuses_a_second():
    registry: Registry[int] = Registry("number")
    registry.add("one", 1)
    assert (registry["one"], list(registry), "two" in registry) == (1, ["one"], False)
    with pytest.raises(SpecError, match="no number called 'two'") as caught:
        registry["two"]
    assert "one" in caught.value.hint
    with pytest.raises(SpecError, match="already"):
        registry.add("one", 2)


def test_errors_survive_a_process_border():
    error = pickle.loads(pickle.dumps(SpecError("What happened.", "What to do.")))
    assert isinstance(error, SSLVizError)
    assert (str(error), error.message, error.hint) == ("What happened. What to do.", "What happened.", "What to do.")


def test_frozen_arrays_are_read_only_copies():
    source = np.arange(6.0).reshape(2, 3).T
    copy = frozen(source)
    source[0, 0] = 9
    assert copy[0, 0] == 0
    assert not copy.flags.writeable
    assert copy.flags.c_contiguous


def test_catalogue_round_trips_through_json():
    method = MethodInfo("m", "M", "paper", "idea", "collapse", "contrastive", (ParamInfo("tau", "float", 0.2, "τ", 0.0, 1.0),),
                        "none", "resnet_w16", OptimiserConfig(), "loss")  # fmt: skip
    catalogue = Catalogue(methods=(method,), augmentations=(AugmentationInfo("none", "None", "", "", Augmentation()),))
    assert from_json(to_json(catalogue)) == catalogue


def test_metrics_csv_has_the_promised_columns():
    promised = ["epoch", "seconds", "loss", "alignment", "uniformity", "std", "rankme", "knn", "lr", "images_per_s"]
    assert set(promised) <= set(MEASURES)


def test_shipped_folders_are_found_and_a_missing_one_is_said(monkeypatch, tmp_path):
    assert places.shipped("resources").name == "resources"
    monkeypatch.setattr(places, "_PACKAGE", tmp_path / "nowhere" / "sslviz")
    with pytest.raises(SpecError, match="missing"):
        places.shipped("resources")


@pytest.mark.parametrize(
    ("name", "function"), [("CACHE", places.cache_folder), ("DATA", places.data_folder), ("RUNS", places.runs_folder)]
)
def test_places_can_be_moved(monkeypatch, tmp_path, name, function):
    monkeypatch.setenv(f"SSLVIZ_{name}", str(tmp_path))
    assert function() == tmp_path
    monkeypatch.delenv(f"SSLVIZ_{name}")
    assert "sslviz" in str(function())
