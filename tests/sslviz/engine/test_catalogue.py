"""The copy of the catalogue that ships says what the program offers."""

from sslviz.engine.catalogue import catalogue
from sslviz.spec.catalogue import from_json, shipped_catalogue, to_json
from sslviz.spec.settings import default_config


def test_the_copy_that_ships_is_fresh():
    assert shipped_catalogue() == catalogue(), "write it anew: sslviz catalogue --out resources/catalogue.json"


def test_every_method_has_a_default_run_for_every_data_set():
    found = shipped_catalogue()
    for method in found.methods:
        for data in found.data:
            config = default_config(found, method.name, data=data.name)
            assert config.backbone in {info.name for info in found.backbones}
            assert config.augmentation.count >= 1


def test_the_catalogue_survives_its_file():
    found = catalogue()
    assert found.methods
    assert any(p.kind == "bool" for p in found.methods[0].params)  # their range is infinite, which JSON cannot say
    assert from_json(to_json(found)) == found
