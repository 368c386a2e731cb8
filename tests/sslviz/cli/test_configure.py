"""A recorded run trained again: as it was, with other settings, and on images that lie elsewhere."""

import argparse
import dataclasses

import pytest

from sslviz.cli import train
from sslviz.cli.configure import config_from
from sslviz.cli.run_named import run_named
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import to_toml
from sslviz.spec.errors import SpecError
from sslviz.spec.places import shipped
from sslviz.training.run_file import read_run_file


@pytest.fixture
def configured():
    """The configuration that words behind `sslviz train` stand for."""
    parser = argparse.ArgumentParser()
    train.add_arguments(parser)
    return lambda *words: config_from(parser.parse_args([str(word) for word in words]), shipped_catalogue())


@pytest.fixture
def recorded(finished_run):
    """The configuration of that run."""
    return read_run_file(finished_run)[0]


def test_a_recorded_run_is_named_by_its_folder_its_file_or_as_a_model_that_ships(configured, finished_run, recorded):
    assert configured("--config", finished_run) == recorded
    assert configured("--config", finished_run / "run.toml") == recorded
    assert configured("--config", "dino-shapes") == read_run_file(shipped("models") / "dino-shapes")[0]


def test_a_file_counts_that_lies_beside_the_record_of_a_run(configured, own_run, recorded):
    (own_run / "other.toml").write_text(to_toml(dataclasses.replace(recorded, seed=7)))
    assert configured("--config", own_run / "other.toml").seed == 7


def test_settings_are_changed_by_their_flags(configured, finished_run, recorded):
    config = configured("--config", finished_run, "--seed", "5", "--set", "tau=0.3")
    assert config == dataclasses.replace(recorded, seed=5, params={**recorded.params, "tau": 0.3})


def test_its_images_may_lie_elsewhere(configured, finished_run, recorded, pictures):
    folder = pictures(3)
    config = configured("--config", finished_run, "--data", folder)
    assert config == dataclasses.replace(
        recorded, data=dataclasses.replace(recorded.data, source=str(folder), dials={"limit": 0})
    )
    assert configured("--config", finished_run, "--data", "shapes") == recorded  # its dials are kept
    assert configured("--config", "simclr-cifar10", "--download").data.download


def test_what_the_file_decides_is_not_asked_for_again(configured, finished_run):
    with pytest.raises(SpecError, match="decides METHOD, --recipe already"):
        configured("simclr", "--config", finished_run, "--recipe", "x")
    with pytest.raises(SpecError, match="There is no nowhere"):
        configured("--config", "nowhere")


def test_an_error_in_a_file_names_that_file(configured, tmp_path):
    (tmp_path / "mine.toml").write_text("batch_size = [", encoding="utf-8")
    with pytest.raises(SpecError, match=r"^mine\.toml is not valid TOML"):
        configured("--config", tmp_path / "mine.toml")
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match="it is not text"):
        configured("--config", tmp_path / "mine.toml")


def test_a_word_is_a_run_a_model_that_ships_or_a_path(finished_run, tmp_path):
    assert run_named(str(finished_run)) == finished_run
    assert run_named(str(finished_run / "run.toml")) == finished_run
    assert run_named("mae-shapes") == shipped("models") / "mae-shapes"
    assert run_named(str(tmp_path)) == tmp_path


def test_a_word_that_is_none_of_these_is_told_what_there_is():
    with pytest.raises(SpecError, match="neither a run's folder nor a model that ships") as raised:
        run_named("dino-shape")
    assert "Did you mean dino-shapes" in raised.value.hint
