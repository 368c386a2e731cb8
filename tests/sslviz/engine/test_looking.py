"""Questions about models: answered from what is at hand, the newest of each view first, refused in sentences."""

import dataclasses
import pickle
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sslviz.engine.models
from sslviz.checkpoints.errors import CheckpointError
from sslviz.engine import Engine
from sslviz.spec.events import Advanced, Answered, Finished, Refused, Scalars
from sslviz.spec.inspection import (
    Attend,
    Attended,
    DescribeModel,
    ListModels,
    MeasureMemory,
    MemoryNeed,
    ModelRef,
    PictureRef,
    Rebuild,
    Rebuilt,
)
from sslviz.spec.requests import Cancel, ControlRun, Shutdown, StartRun
from tests.sslviz.inspect.networks import convolutional, masked_autoencoder, transformer
from tests.sslviz.training.tiny_runs import tiny


class Opener:
    """Small networks by name, opened when the gate is open; counts what their blocks do."""

    def __init__(self):
        self.opened, self._runs = [], []
        self.entered, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def __call__(self, ref, advance, cancelled):
        advance(float("nan"), "opening")
        self.entered.set()
        assert self.gate.wait(30)
        self.opened.append(ref.source)
        if ref.source == "bad":
            raise CheckpointError("This is no model.", "Give one.")
        model = {"mae": masked_autoencoder, "cnn": convolutional}.get(ref.source, transformer)()
        for block in getattr(model.network, "blocks", ()):
            block.mlp.register_forward_pre_hook(lambda module, given: self._runs.append(1))
        return model

    @property
    def blocks_run(self):
        return len(self._runs)


@pytest.fixture
def opener(monkeypatch, tmp_path):
    opener = Opener()
    monkeypatch.setattr(sslviz.engine.models, "open_reference", opener)
    monkeypatch.setenv("SSLVIZ_CONFIG", str(tmp_path / "config"))
    return opener


@pytest.fixture
def ask(opener, inbox):
    """Submits a request under a new id and gives its answer."""
    with Engine(inbox.put, threads=1) as engine:
        opener.engine = engine

        def ask(request):
            request = dataclasses.replace(request, request_id=1 + sum(isinstance(e, Answered | Refused) for e in inbox))
            engine.submit(request)
            return inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == request.request_id)

        yield ask
        opener.gate.set()


@pytest.fixture
def photo(tmp_path):
    """A file with a picture of noise; another seed overwrites it."""
    path, there = tmp_path / "photo.png", []

    def make(seed=0, size=(40, 56)):
        if there == [seed]:
            return PictureRef(path=str(path))
        there[:] = [seed]
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8)).save(path)
        return PictureRef(path=str(path))

    return make


def look(picture, source="vit", **more) -> Attend:
    return Attend(0, ModelRef(source), picture, **more)


def answers(inbox):
    return {e.request_id: getattr(e, "kind", "answered") for e in inbox if isinstance(e, Answered | Refused)}


def test_a_model_is_described_and_then_remembered(ask, tmp_path):
    (tmp_path / "some.pth").touch()
    described = ask(DescribeModel(0, ModelRef(str(tmp_path / "some.pth")))).payload
    assert described.title == "DINO ViT-test/8"
    lines = ask(ListModels(0)).payload
    assert [line.source for line in lines if line.shipped][:1] == ["dino-shapes"]
    assert not any(line.source == "here" for line in lines)  # what the fake says of itself is no file


def test_what_cannot_be_opened_is_refused_with_the_remedy(ask, photo):
    for request in (DescribeModel(0, ModelRef("bad")), look(photo(), "bad")):
        refused = ask(request)
        assert (refused.kind, refused.message, refused.hint) == ("CheckpointError", "This is no model.", "Give one.")


def test_a_picture_is_looked_at(ask, photo, inbox):
    seen = ask(look(photo(), layers=(0, -1), wants=("maps", "overview"))).payload
    assert isinstance(seen, Attended)
    assert seen.arrays["maps"].shape == (2, 2, 4, 4)
    assert seen.arrays["entropy"].shape == (3, 2)
    assert seen.step == -1
    assert seen.seconds > 0
    assert "DINO ViT-test/8" in seen.caption
    assert pickle.loads(pickle.dumps(seen)).caption == seen.caption
    assert any(isinstance(e, Advanced) and "opening" in e.text for e in inbox)


def test_a_new_query_does_not_run_the_network_again_and_the_same_question_nothing_at_all(ask, photo, opener):
    first = ask(look(photo())).payload
    run = opener.blocks_run
    assert run > 0
    other = ask(look(photo(), query=5, share=0.9)).payload
    again = ask(look(photo())).payload
    assert opener.blocks_run == run
    assert not np.allclose(other.arrays["maps"], first.arrays["maps"])
    assert again is first
    assert ask(look(photo(seed=1))).payload is not first  # the file has changed
    assert opener.blocks_run > run
    assert opener.opened == ["vit"]


def test_pasted_pixels_are_known_by_what_they_are(ask, photo, opener):
    raw = [Path(photo(seed=k).path).read_bytes() for k in (0, 1)]
    first, other = (ask(look(PictureRef(pixels=pixels))).payload for pixels in raw)
    assert not np.array_equal(first.arrays["picture"], other.arrays["picture"])
    assert ask(look(PictureRef(pixels=raw[0]))).payload is first


def test_the_newest_wins_in_each_view(ask, photo, opener, inbox):
    opener.gate.clear()
    for request_id, view, query in ((1, "a", -1), (2, "b", -1), (3, "a", 0), (4, "a", 1)):
        opener.engine.submit(dataclasses.replace(look(photo(), query=query, view=view), request_id=request_id))
        opener.entered.wait(30)
    opener.gate.set()
    inbox.wait(lambda e: isinstance(e, Answered) and e.request_id == 4)
    inbox.wait(lambda e: isinstance(e, Answered) and e.request_id == 2)
    assert answers(inbox) == {1: "answered", 2: "answered", 3: "Superseded", 4: "answered"}  # 1 was under way


def test_what_is_under_way_for_another_picture_is_given_up(ask, photo, opener, inbox):
    opener.gate.clear()
    opener.engine.submit(dataclasses.replace(look(photo()), request_id=1))
    opener.entered.wait(30)
    opener.engine.submit(dataclasses.replace(look(PictureRef(sample="china")), request_id=2))
    opener.gate.set()
    inbox.wait(lambda e: isinstance(e, Answered) and e.request_id == 2)
    assert answers(inbox) == {1: "Superseded", 2: "answered"}
    assert opener.opened == ["vit"]


def test_a_question_can_be_cancelled_while_its_model_is_opened(ask, photo, opener, inbox):
    opener.gate.clear()
    opener.engine.submit(dataclasses.replace(look(photo()), request_id=1))
    opener.entered.wait(30)
    opener.engine.submit(Cancel(1))
    opener.gate.set()
    assert inbox.wait(lambda e: isinstance(e, Refused) and e.request_id == 1).kind == "Cancelled"


def test_an_open_model_answers_while_another_is_being_opened(ask, photo, opener, inbox):
    ask(look(photo()))
    opener.gate.clear()
    opener.engine.submit(DescribeModel(98, ModelRef("other")))
    assert isinstance(ask(look(photo(), query=3)), Answered)
    assert 98 not in answers(inbox)
    opener.gate.set()
    inbox.wait(lambda e: isinstance(e, Answered) and e.request_id == 98)


def test_two_models_on_one_picture_and_the_random_one_of_them(ask, photo):
    maps = [ask(look(photo(), ref_source)).payload.arrays["maps"] for ref_source in ("vit", "mae")]
    random = ask(Attend(0, ModelRef("vit", random=True), photo())).payload
    assert not np.allclose(maps[0], maps[1])
    assert not np.allclose(maps[0], random.arrays["maps"])
    assert "random weights" in random.caption


def test_a_convolutional_network_shows_what_it_has(ask, photo):
    seen = ask(look(photo(), "cnn", wants=("maps", "pca", "similarity", "occlusion"))).payload
    assert "maps" not in seen.arrays
    assert {"pca", "similarity", "occlusion"} <= set(seen.arrays)
    assert any("no attention" in note for note in seen.notes)


def test_hidden_patches_are_painted(ask, photo):
    rebuilt = ask(Rebuild(0, ModelRef("mae"), photo(), ratio=0.5, seed=3)).payload
    assert isinstance(rebuilt, Rebuilt)
    assert list(rebuilt.pictures) == ["original", "masked", "prediction", "pasted"]
    assert rebuilt.hidden.sum() == 8
    assert ask(Rebuild(0, ModelRef("mae"), photo(), ratio=0.5, seed=3)).payload is rebuilt
    refused = ask(Rebuild(0, ModelRef("vit"), photo()))
    assert refused.kind == "InspectError"
    assert refused.hint


def test_memory_is_told_and_a_picture_too_large_for_it_refused(ask, photo):
    need = ask(MeasureMemory(0, ModelRef("vit"), (64, 64))).payload
    assert isinstance(need, MemoryNeed)
    assert need.tokens == 65
    huge = dataclasses.replace(photo(), size=(80_000, 80_000))
    refused = ask(look(huge))
    assert refused.field == "size"
    assert "of memory" in refused.message


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (look(PictureRef(path="nowhere.png")), "no picture nowhere.png"),
        (look(PictureRef()), "No picture"),
        (look(PictureRef(pixels=b"not a picture")), "cannot be used as a picture"),
        (look(PictureRef(sample="china"), layers=(7,)), "3 layers"),
        (look(PictureRef(sample="china"), query=99), "no patch 99"),
        (Attend(0, ModelRef("", run_id="ghost"), PictureRef(sample="china")), "no run 'ghost'"),
    ],
)
def test_nonsense_is_refused_in_a_sentence(ask, request_, said):
    refused = ask(request_)
    assert isinstance(refused, Refused)
    assert said in refused.message
    assert refused.hint


def test_a_live_run_is_looked_into_between_two_steps(inbox, tmp_path):
    config = tiny(6, backbone="vit_d64", data=dataclasses.replace(tiny().data, image_size=32), params={})
    folder, picture = str(tmp_path / "run"), PictureRef(sample="shapes 1")
    with Engine(inbox.put, threads=1) as engine:

        def ask(request_id, **more):
            engine.submit(Attend(request_id, ModelRef(folder, run_id="a", **more), picture))
            return inbox.wait(lambda e: isinstance(e, Answered | Refused) and e.request_id == request_id).payload

        engine.submit(StartRun("a", config, folder, paused=True))
        for _ in range(2):
            engine.submit(ControlRun("a", "step"))
        inbox.wait(lambda e: isinstance(e, Scalars) and e.step == 2)
        seen = ask(1)
        assert seen.step == 2
        assert "2 steps" in " ".join((seen.caption, *seen.notes, *seen.description.inferred))
        assert not np.allclose(ask(2, random=True).arrays["maps"], seen.arrays["maps"])
        assert ask(3).step == 2
        engine.submit(ControlRun("a", "resume"))
        assert inbox.wait(Finished).state == "finished"
        after = ask(4)
        assert after.step == -1  # from the folder
        assert not np.allclose(after.arrays["maps"], seen.arrays["maps"])


def test_after_the_end_nothing_is_answered(ask, opener, inbox, photo):
    opener.engine.submit(Shutdown())
    opener.engine.submit(dataclasses.replace(look(photo()), request_id=7))
    assert inbox.wait(lambda e: isinstance(e, Refused) and e.request_id == 7).kind == "EngineError"
