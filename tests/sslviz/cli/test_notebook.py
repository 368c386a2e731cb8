"""The public names: the same from a notebook as from the shell."""

import numpy as np
import pytest

import sslviz

TINY = {"batch_size": 8, "precision": "fp32", "threads": 1, "settings": {"data.preset": "lesson", "data.count": 64}}


def test_every_public_name_is_there():
    for name in sslviz.__all__:
        assert getattr(sslviz, name) is not None
    assert set(sslviz.__all__) <= set(dir(sslviz))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sslviz.nonsense


def test_training_in_a_line(tmp_path, capsys):
    run = sslviz.train("simclr", steps=4, tau=0.1, at={2: {"negatives": False}}, out=tmp_path / "run", **TINY)
    assert run.state == "finished"
    assert run.config.params["tau"] == 0.1
    assert [(flip.step, flip.name, flip.after) for flip in run.flips] == [(2, "negatives", False)]
    assert list(run["loss"][0]) == [1, 2, 3, 4]
    assert "4/4 steps" in capsys.readouterr().err
    again = sslviz.open_run(tmp_path / "run")
    np.testing.assert_array_equal(again["loss"][1], run["loss"][1])
    assert [summary.name for summary in sslviz.list_runs(tmp_path)] == ["run"]


def test_a_run_goes_on_quietly(tmp_path, capsys):
    sslviz.train(steps=2, out=tmp_path / "run", progress=False, **TINY)
    assert sslviz.resume(tmp_path / "run", steps=3, progress=False).step == 3
    assert capsys.readouterr().err == ""


def test_a_whole_configuration_may_be_given(tmp_path):
    first = sslviz.train(steps=2, out=tmp_path / "a", progress=False, **TINY)
    second = sslviz.train(first.config, out=tmp_path / "b", progress=False)
    np.testing.assert_array_equal(first["loss"][1], second["loss"][1])


def test_without_a_place_it_goes_where_runs_go(own_folders):
    run = sslviz.train(steps=1, progress=False, **TINY)
    assert run.folder.parent == own_folders / "runs"
    assert run.folder.name.startswith("simclr-shapes-")


def test_errors_are_raised_in_their_own_words(tmp_path):
    with pytest.raises(sslviz.SSLVizError, match="Did you mean tau"):
        sslviz.train(tua=0.1)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(sslviz.SSLVizError, match="is not empty"):
        sslviz.train(steps=1, out=tmp_path / "full", progress=False, **TINY)


def test_data_and_figures(finished_run):
    splits = sslviz.load_data("shapes", count=40, preset="lesson")
    assert len(splits.train) + len(splits.val) == 40
    assert len(sslviz.load_data(sslviz.DataConfig(dials={"count": 40, "preset": "lesson"})).train) == len(splits.train)
    assert len(sslviz.plot(finished_run, ["loss"]).axes) == 1
    assert len(sslviz.plot(sslviz.open_run(finished_run), theme="dark").axes) > 5
    with pytest.raises(sslviz.SSLVizError, match=r"no measure called 'lost'\. Did you mean loss"):
        sslviz.plot(finished_run, ["lost"])
    with pytest.raises(sslviz.SSLVizError, match=r"no theme called 'pink'\. There are: light, dark"):
        sslviz.plot(finished_run, theme="pink")
