"""The list of models: those that ship, then what was opened before and is still there."""

import dataclasses

import pytest

from sslviz.engine.known_models import MOST, list_models, remember
from sslviz.spec.errors import SpecError
from sslviz.spec.known_models import NAME, KnownModel, from_toml, to_toml
from tests.sslviz.inspect.networks import transformer


@pytest.fixture(autouse=True)
def own_list(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLVIZ_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config" / NAME


def describe(source):
    return dataclasses.replace(transformer().describe(), source=str(source))


def opened():
    return [line for line in list_models() if not line.shipped]


def test_shipped_models_come_first_and_are_never_remembered(own_list):
    shipped = [line.source for line in list_models()]
    assert {"dino-shapes", "mae-shapes"} <= set(shipped)
    assert all(line.title and "parameters" in line.about for line in list_models())
    remember(describe("dino-shapes"))
    assert not own_list.exists()


def test_what_was_opened_is_listed_newest_first_until_it_is_gone(tmp_path):
    for name in ("a.pth", "b.pth"):
        (tmp_path / name).touch()
        remember(describe(tmp_path / name))
    remember(describe(tmp_path / "a.pth"))
    remember(describe("timm:vit_small_patch16_224.dino"))
    assert [line.source for line in opened()] == [
        "timm:vit_small_patch16_224.dino",
        *(str(tmp_path / n) for n in ("a.pth", "b.pth")),
    ]
    assert opened()[1].title == "DINO ViT-test/8"
    assert opened()[1].about == "1 parameters, a.pth"
    (tmp_path / "a.pth").unlink()
    assert [line.source for line in opened()][1:] == [str(tmp_path / "b.pth")]


def test_a_relative_path_is_remembered_as_an_absolute_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.pth").touch()
    remember(describe("here.pth"))
    assert opened()[0].source == str(tmp_path / "here.pth")


def test_only_so_many_are_remembered(tmp_path):
    for k in range(MOST + 5):
        (tmp_path / f"{k}.pth").touch()
        remember(describe(tmp_path / f"{k}.pth"))
    assert len(opened()) == MOST


def test_a_list_that_is_spoilt_or_cannot_be_written_refuses_no_model(own_list, tmp_path, monkeypatch):
    own_list.parent.mkdir()
    own_list.write_text("models = 3", encoding="utf-8")
    assert opened() == []
    (tmp_path / "a.pth").touch()
    remember(describe(tmp_path / "a.pth"))
    assert len(opened()) == 1
    (tmp_path / "file").touch()
    monkeypatch.setenv("SSLVIZ_CONFIG", str(tmp_path / "file"))
    remember(describe(tmp_path / "a.pth"))
    assert opened() == []


def test_the_file_is_toml_both_ways():
    models = (KnownModel("a.pth", 'The "best"', "naïve"), KnownModel("hf:b", "B"))
    assert from_toml(to_toml(models)) == models
    for text in ("models = 3", "nonsense", "[[models]]\nsource = 3"):
        with pytest.raises(SpecError, match="lists no models"):
            from_toml(text)


def test_the_first_model_comes_first_and_collapsed_ones_last() -> None:
    lines = [line for line in list_models() if line.shipped]
    collapsed = [bool(line.card and line.card.collapsed) for line in lines]
    assert lines[0].source == "dino-shapes"
    assert collapsed == sorted(collapsed)
    assert any(collapsed)
