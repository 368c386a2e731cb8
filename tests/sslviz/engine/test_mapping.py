"""Maps of features: gathered once, the newest first, quick questions not held up by slow ones, refused in sentences."""

import dataclasses
import pickle
import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

import sslviz.engine.models
from sslviz.engine import Engine
from sslviz.engine.blocking import train_and_wait
from sslviz.engine.layouts import Layouts
from sslviz.engine.map_runs import folder_of, stops_of
from sslviz.spec.config import DataConfig
from sslviz.spec.events import Advanced, Answered, Finished, Refused, Scalars
from sslviz.spec.inspection import ModelRef
from sslviz.spec.mapping import (
    CLUSTER,
    ColourPoints,
    FeaturePlan,
    FindNeighbours,
    LayoutPlan,
    MapFeatures,
    MapRun,
    MeasureSimilarity,
)
from sslviz.spec.requests import Cancel, ControlRun, Shutdown, StartRun
from sslviz.training.snapshots import snapshot_steps
from tests.sslviz.inspect.networks import transformer
from tests.sslviz.training.tiny_runs import tiny

DATA = DataConfig(source="shapes", image_size=32, dials={"preset": "lesson", "count": 120})
UMAP = LayoutPlan("umap")


class Opener:
    """Small networks by name; counts what their blocks do, and holds them up while the gate is shut."""

    def __init__(self):
        self._runs, self.opened = [], []
        self.entered, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def __call__(self, ref, advance, cancelled):
        self.opened.append(ref.source)
        model = transformer(len(ref.source))
        model.network.blocks[0].mlp.register_forward_pre_hook(self._run)
        return model

    def _run(self, module, given):
        self._runs.append(1)
        self.entered.set()
        assert self.gate.wait(30)

    @property
    def batches_run(self):
        return len(self._runs)


class Fits:
    """In the place of UMAP: waits at its gate, unless nobody wants it any more."""

    def __init__(self):
        self.plans = []
        self.entered, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def __call__(self, values, plan, start, progress, stop):
        self.plans.append(plan)
        progress(0.5, "round 1 of 2")
        self.entered.set()
        while not self.gate.wait(0.01):
            stop()
        stop()
        return values[:, :2].copy()


@pytest.fixture
def opener(monkeypatch):
    opener = Opener()
    monkeypatch.setattr(sslviz.engine.models, "open_reference", opener)
    return opener


@pytest.fixture
def fits(monkeypatch, tmp_path):
    monkeypatch.setenv("SSLVIZ_CACHE", str(tmp_path / "cache"))  # no layout of another test is known
    fits = Fits()
    monkeypatch.setattr(Layouts, "fit", fits)
    return fits


@pytest.fixture
def engine(inbox, opener, fits):
    with Engine(inbox.put, threads=1) as engine:
        yield engine
        opener.gate.set()
        fits.gate.set()


@pytest.fixture
def ask(engine, inbox):
    """Submits a request under a new id and gives its answer."""

    def ask(request):
        number = 1_000 + sum(isinstance(e, Answered | Refused) for e in inbox)
        engine.submit(dataclasses.replace(request, request_id=number))
        return answer_to(number, inbox)

    return ask


def answer_to(number, inbox):
    return inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == number)


def outcomes(inbox):
    return {e.request_id: getattr(e, "kind", "answered") for e in inbox if isinstance(e, Answered | Refused)}


def plan(source="vit", **more) -> FeaturePlan:
    return FeaturePlan(ModelRef(source), DATA, **{"split": "train", **more})


def test_a_map_tells_what_it_is_of_and_how_far_it_can_be_trusted(ask, inbox, monkeypatch):
    monkeypatch.setattr("sslviz.engine.desk.ADVANCE_EVERY_S", 0.0)
    mapped = ask(MapFeatures(0, plan(images=40))).payload
    assert mapped.points.shape == (40, 2)
    assert not any(array.flags.writeable for array in (mapped.points, mapped.index, mapped.patch, mapped.label))
    assert (mapped.total, mapped.stored, mapped.step) == (108, False, -1)
    assert 0 < mapped.kept[1] <= mapped.kept[0] < 1
    assert 0.5 < mapped.scores.trustworthiness <= 1
    assert mapped.scores.sample == 40
    assert {"shape", "hue"} <= set(mapped.factors)
    assert mapped.caption == (
        "DINO ViT-test/8 · sha256 ababababab · shapes, 40 of 108 training images · pooled features h, layer 3 of 3 · PCA · seed 0"
    )
    assert any("40 of 108 images" in note for note in mapped.notes)
    assert pickle.loads(pickle.dumps(mapped)).mark == mapped.mark
    assert any(isinstance(e, Advanced) and "features of" in e.text for e in inbox)


def test_features_are_gathered_once_and_an_answer_is_kept(ask, opener, fits):
    first = ask(MapFeatures(0, plan())).payload
    run = opener.batches_run
    umap = ask(MapFeatures(0, plan(), UMAP, "b")).payload
    again = ask(MapFeatures(0, plan())).payload
    assert opener.batches_run == run
    assert umap.mark == first.mark
    assert umap.kept == ()
    assert "UMAP (distance cosine, neighbours 15, least distance 0.1)" in umap.caption
    assert again.stored
    assert again.points is first.points
    assert ask(MapFeatures(0, plan(layer=0))).payload.mark != first.mark
    assert opener.batches_run > run
    assert opener.opened == ["vit"]


def test_the_newest_of_a_view_wins_and_another_view_is_left_alone(ask, engine, fits, inbox):
    ask(MapFeatures(0, plan()))
    fits.gate.clear()
    engine.submit(MapFeatures(1, plan(), UMAP, "a"))
    assert fits.entered.wait(30)
    engine.submit(MapFeatures(2, plan(), UMAP, "b"))
    engine.submit(MapFeatures(3, plan(), LayoutPlan("umap", neighbours=30), "a"))
    engine.submit(MapFeatures(4, plan(), LayoutPlan("umap", neighbours=5), "a"))
    assert answer_to(1, inbox).kind == "Superseded"
    fits.gate.set()
    answer_to(4, inbox)
    assert {k: v for k, v in outcomes(inbox).items() if k < 10} == {1: "Superseded", 2: "answered", 3: "Superseded", 4: "answered"}  # fmt: skip
    assert [fit.neighbours for fit in fits.plans] == [15, 15, 5]


def test_features_half_gathered_are_finished_for_a_newer_question_about_them(ask, engine, opener, inbox):
    opener.gate.clear()
    engine.submit(MapFeatures(1, plan(), UMAP))
    assert opener.entered.wait(30)
    engine.submit(MapFeatures(2, plan(), LayoutPlan("umap", neighbours=5)))
    opener.gate.set()
    assert answer_to(2, inbox).payload.points.shape == (108, 2)
    once = opener.batches_run
    ask(MapFeatures(0, plan("other")))
    assert opener.batches_run == 2 * once
    assert outcomes(inbox)[1] == "Superseded"


def test_a_layout_is_kept_for_another_day_and_computed_anew_where_its_file_is_damaged(opener, fits, tmp_path, inbox):
    def once():
        own = type(inbox)()
        with Engine(own.put, threads=1) as engine:
            engine.submit(MapFeatures(1, plan(), UMAP))
            return answer_to(1, own).payload

    first, second = once(), once()
    assert (first.stored, second.stored, len(fits.plans)) == (False, True, 1)
    assert np.array_equal(first.points, second.points)
    (file,) = (tmp_path / "cache").rglob("layouts/*.npz")
    file.write_bytes(b"no layout")
    third = once()
    assert (third.stored, len(fits.plans)) == (False, 2)
    assert any("damaged" in note for note in third.notes)


def test_a_layout_can_be_cancelled_while_it_settles(engine, fits, inbox):
    fits.gate.clear()
    engine.submit(MapFeatures(1, plan(), UMAP))
    assert fits.entered.wait(30)
    engine.submit(Cancel(1))
    assert answer_to(1, inbox).kind == "Cancelled"


def test_quick_questions_do_not_wait_for_a_layout(ask, engine, fits, inbox):
    mapped = ask(MapFeatures(0, plan())).payload
    fits.gate.clear()
    engine.submit(MapFeatures(1, plan(), UMAP))
    assert fits.entered.wait(30)
    hue = ask(ColourPoints(0, plan(), "hue")).payload
    near = ask(FindNeighbours(0, plan(), index=7, count=5)).payload
    other = ask(MapFeatures(0, plan(images=20), view="b")).payload
    assert 1 not in outcomes(inbox)
    assert hue.mark == near.mark == mapped.mark != other.mark
    assert len(hue.values) == 108
    assert set(hue.values) <= set(range(len(hue.names)))
    assert 7 not in near.index
    assert (np.diff(near.distance) >= 0).all()
    assert near.patch.tolist() == [-1] * 5


def test_a_question_about_features_that_are_not_there_gathers_them(ask, opener):
    near = ask(FindNeighbours(0, plan("fresh"), index=3)).payload
    assert len(near.index) == 12
    run = opener.batches_run
    groups = ask(ColourPoints(0, plan("fresh"), CLUSTER, clusters=4)).payload
    assert opener.batches_run == run
    assert set(groups.values) == {0, 1, 2, 3}


def test_chosen_images_are_compared_pair_by_pair(ask):
    alike = ask(MeasureSimilarity(0, plan(chosen=(5, 3, 9)))).payload
    assert alike.index.tolist() == [5, 3, 9]
    assert np.allclose(alike.matrix, alike.matrix.T)
    assert np.allclose(np.diag(alike.matrix), 1)
    assert "3 training images" in alike.caption


def test_images_are_compared_as_the_run_was_trained_and_kept(ask, opener):
    wanted = MeasureSimilarity(0, plan(chosen=(5, 3, 9)), as_trained=True)
    alike = ask(wanted).payload
    assert (alike.paired, alike.step) == (False, -1)
    assert alike.pictures.shape == (3, 32, 32, 3)
    assert np.allclose(alike.matrix, ask(MeasureSimilarity(0, plan(chosen=(5, 3, 9)))).payload.matrix, atol=1e-5)
    run = opener.batches_run
    assert np.array_equal(ask(wanted).payload.matrix, alike.matrix)
    assert opener.batches_run == run


def test_patches_are_points_of_their_picture(ask):
    mapped = ask(MapFeatures(0, plan(tokens="patches", chosen=(4, 2)))).payload
    assert mapped.grid == (4, 4)
    assert mapped.index.tolist() == [4] * 16 + [2] * 16
    assert mapped.patch[:16].tolist() == list(range(16))
    near = ask(FindNeighbours(0, plan(tokens="patches", chosen=(4, 2)), index=2, patch=3, count=31)).payload
    assert len(near.index) == 31
    assert (2, 3) not in set(zip(near.index.tolist(), near.patch.tolist(), strict=True))


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (MapFeatures(0, plan(layer=9)), "3 layers"),
        (MapFeatures(0, plan(tokens="projected")), "no projection head"),
        (MapFeatures(0, plan(chosen=(500,))), "no training image 500"),
        (MapFeatures(0, plan(), LayoutPlan("umap", neighbours=1)), "neighbours = 1"),
        (MapFeatures(0, plan(), LayoutPlan("heap")), "no layout called 'heap'"),
        (MapFeatures(0, dataclasses.replace(plan(), data=DataConfig("gone"))), "gone"),
        (ColourPoints(0, plan(), "smell"), "'smell'"),
        (FindNeighbours(0, plan(images=10), index=107), "Image 107 is not among"),
        (FindNeighbours(0, plan(), index=1, metric="taxi"), "'taxi'"),
        (MeasureSimilarity(0, plan()), "No images were chosen"),
        (MapRun(0, plan()), "vit is no run"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(ask, request_, said):
    refused = ask(request_)
    assert isinstance(refused, Refused)
    assert said in refused.message
    assert refused.hint


def test_a_live_run_is_mapped_between_two_steps_and_coloured_by_the_same_copy(inbox, tmp_path):
    config = tiny(6, backbone="vit_d64", data=dataclasses.replace(tiny().data, image_size=32), params={})
    folder = str(tmp_path / "run")
    with Engine(inbox.put, threads=1) as engine:
        engine.submit(StartRun("a", config, folder, paused=True))
        engine.submit(ControlRun("a", "step"))
        inbox.wait(lambda e: isinstance(e, Scalars) and e.step == 1)
        live = FeaturePlan(ModelRef(folder, run_id="a"), config.data, images=10)
        engine.submit(MapFeatures(1, live, view="a:pca"))
        mapped = answer_to(1, inbox).payload
        assert mapped.step == 1
        assert "after 1 step ·" in mapped.caption
        engine.submit(ControlRun("a", "step"))
        inbox.wait(lambda e: isinstance(e, Scalars) and e.step == 2)
        engine.submit(ColourPoints(2, live, "hue"))
        engine.submit(FindNeighbours(3, live, int(mapped.index[0])))
        assert answer_to(2, inbox).payload.mark == answer_to(3, inbox).payload.mark == mapped.mark
        engine.submit(ControlRun("a", "resume"))
        inbox.wait(Finished)
        engine.submit(MapFeatures(4, live))
        after = answer_to(4, inbox).payload
        assert after.step == -1
        assert after.mark != mapped.mark


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run of 8 steps with four snapshots. Not to be written to."""
    folder = tmp_path_factory.mktemp("runs") / "run"
    config = tiny(8, snapshots=4)
    assert train_and_wait(StartRun("run", config, str(folder))).state == "finished"
    return folder, config


@pytest.fixture
def ask_run(trained, inbox, tmp_path, fits):
    """Maps a copy of that run, which may be spoilt first."""
    folder, config = trained
    own = Path(shutil.copytree(folder, tmp_path / "own"))
    with Engine(inbox.put, threads=1) as engine:

        def ask(spoil=lambda folder: None, steps=(), layout=UMAP):
            spoil(own)
            number = 1 + len(outcomes(inbox))
            engine.submit(MapRun(number, FeaturePlan(ModelRef(str(own)), config.data), layout, steps))
            return answer_to(number, inbox)

        yield ask


def snapshot(folder, step):
    return folder / "snapshots" / f"step_{step:08d}.safetensors"


def test_a_run_is_mapped_after_each_snapshot_and_asked_again_costs_nothing(ask_run, trained, fits, inbox):
    mapped = ask_run().payload
    assert mapped.steps == snapshot_steps(8, 4)
    assert mapped.points.shape == (len(mapped.steps), len(mapped.index), 2)
    assert len(mapped.scores) == len(mapped.steps)
    assert f"{len(mapped.steps)} snapshots, steps 0 to 8" in mapped.caption
    assert not any("missing" in note or "left out" in note for note in mapped.notes)
    told = [event for event in inbox if isinstance(event, Advanced)]
    assert [event.fraction for event in told] == sorted(event.fraction for event in told)
    fitted = len(fits.plans)
    assert ask_run().payload.points is mapped.points
    assert len(fits.plans) == fitted


def test_snapshots_that_are_missing_or_damaged_are_left_out_and_told(ask_run):
    first, second, third, last = snapshot_steps(8, 4)

    def spoil(folder):
        snapshot(folder, second).unlink()
        snapshot(folder, third).write_bytes(b"no snapshot")

    mapped = ask_run(spoil, layout=LayoutPlan("pca")).payload
    assert mapped.steps == (first, last)
    assert any(f"snapshot of step {second} is missing" in note for note in mapped.notes)
    assert any(f"Step {third} is left out" in note for note in mapped.notes)
    assert ask_run(steps=(first,)).payload.steps == (first,)


def test_a_run_without_a_snapshot_that_can_be_read_is_refused(ask_run):
    assert "none of the snapshots that were asked for" in ask_run(steps=(5,)).message
    for step in snapshot_steps(8, 4):
        ask_run(lambda folder, step=step: snapshot(folder, step).write_bytes(b""), steps=(0,))
    refused = ask_run()
    assert isinstance(refused, Refused)
    assert refused.hint


def test_a_model_that_ships_ends_with_its_own_weights():
    folder = folder_of(ModelRef("dino-shapes"), runs=None)
    stops = stops_of(folder, ())
    assert stops.steps[-1] > stops.steps[-2]
    assert stops.snapshots[-1] == -1
    assert stops.notes == ()


def test_after_the_end_nothing_is_answered(engine, inbox):
    engine.submit(Shutdown())
    engine.submit(MapFeatures(7, plan()))
    assert answer_to(7, inbox).kind == "EngineError"
