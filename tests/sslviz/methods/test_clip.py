"""CLIP: its loss in a naive loop, captions of chosen factors, zero-shot, what it refuses."""

import dataclasses
import math

import pytest
import torch

from sslviz.methods import Facts, MethodError
from sslviz.methods.clip import CLIP, SHARPEST, CLIPParams, contrast, match, sharpness
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.nn.errors import NetworkError
from sslviz.spec.errors import SpecError
from tests.sslviz.methods.learners import learner_of

FACTORS = {"shape": ("circle", "star"), "hue": ("red", "blue", "green"), "position": ("top left", "centre")}
FACTS = Facts(((16, 16),), 4, 10, (), FACTORS)


def clip(**params: object) -> CLIP:
    torch.manual_seed(0)
    encoder = Encoder(build_backbone("resnet_w16", 16), (0.5,) * 3, (0.25,) * 3)
    return CLIP(encoder, CLIPParams(**params), FACTS)


def test_loss_is_the_papers_loop():
    generator = torch.Generator().manual_seed(0)
    u, v = (torch.randn(5, 7, generator=generator, dtype=torch.float64) for _ in range(2))
    scale = torch.tensor(3.0, dtype=torch.float64)

    def s(i: int, j: int) -> float:
        return float(3.0 * (u[i] @ v[j]) / u[i].norm() / v[j].norm())

    rows = [math.log(sum(math.exp(s(i, j)) for j in range(5))) - s(i, i) for i in range(5)]
    columns = [math.log(sum(math.exp(s(i, j)) for i in range(5))) - s(j, j) for j in range(5)]
    forward, backward = contrast(match(u, v), scale)
    assert float(forward) == pytest.approx(sum(rows) / 5, rel=1e-12)
    assert float(backward) == pytest.approx(sum(columns) / 5, rel=1e-12)


def test_equal_embeddings_give_the_chance_line():
    forward, backward = contrast(match(torch.ones(6, 3), torch.ones(6, 3)), torch.tensor(14.0))
    assert float(forward) == pytest.approx(math.log(6), rel=1e-6)
    assert float(backward) == pytest.approx(math.log(6), rel=1e-6)


def test_the_scale_is_bounded_and_starts_where_it_was_asked_to():
    assert float(sharpness(torch.tensor(50.0))) == pytest.approx(SHARPEST)
    assert float(sharpness(clip(temperature=0.1).t.detach())) == pytest.approx(10.0)


def batch_factors() -> dict[str, torch.Tensor]:
    return {name: torch.tensor([0, 1, 1, 0]) for name in FACTORS}


def test_captions_name_the_chosen_factors_only():
    model = clip(position=True)
    assert model.words.decode(model.tokens(batch_factors()))[:2] == [
        "a red circle at the top left",
        "a blue star in the centre",
    ]
    model.set_param("position", False)
    model.set_param("shape", False)
    assert model.words.decode(model.tokens(batch_factors()))[:2] == ["a red object", "a blue object"]


def test_equal_captions_raise_the_floor_and_count_as_found():
    learner = learner_of("clip")
    for factor in ("hue", "shape"):
        assert getattr(learner.method.params, factor)
    views, batch = learner._batch(0)
    same = dataclasses.replace(batch, factors={name: torch.zeros_like(v) for name, v in batch.factors.items()})
    step = learner.method.step(views, same)
    assert float(step.parts["floor (equal captions)"]) == pytest.approx(math.log(len(batch.indices)), rel=1e-5)
    assert float(step.measures["accuracy"]) == 1.0


def test_zero_shot_gives_probabilities_of_any_known_prompts():
    model = clip().eval()
    h = model.encoder(torch.rand(3, 3, 16, 16))
    shares = model.classify(h, ["a red circle", "a blue star", "star"])
    assert shares.shape == (3, 3)
    assert torch.allclose(shares.sum(1), torch.ones(3))
    with pytest.raises(NetworkError, match="never read the word 'zebra'"):
        model.classify(h, ["a zebra"])
    assert model.prompts("hue") == ("a red object", "a blue object", "a green object")
    assert model.prompts("shape") == ("a circle", "a star")


def test_data_without_factors_is_refused_with_the_field():
    with pytest.raises(MethodError, match="have no hue") as caught:
        CLIP.require(CLIPParams(), Facts(), None)
    assert caught.value.field == "data.source"


def test_captions_that_say_nothing_are_refused_before_and_during_a_run():
    with pytest.raises(MethodError, match="name nothing"):
        CLIP.require(CLIPParams(shape=False, hue=False), FACTS, None)
    model = clip(shape=False)
    with pytest.raises(SpecError, match="name nothing"):
        model.set_param("hue", False)
    with pytest.raises(SpecError, match="no texture"):
        model.set_param("texture", True)
    assert model.params.named == ("hue",)
