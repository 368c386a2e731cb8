"""Zero-shot: prompts are matched to values, unread factors say so, other models and words are refused."""

import dataclasses

import pytest
import torch

from sslviz.data import load_data
from sslviz.evaluate.errors import EvaluationError
from sslviz.evaluate.subject import Subject
from sslviz.evaluate.zero_shot import BEST, ask, classify, zero_shot
from sslviz.nn.errors import NetworkError
from sslviz.spec.augmentation import Augmentation, ViewRecipe
from sslviz.spec.config import DataConfig, RunConfig
from sslviz.training.prepare import build_method, facts_of


@pytest.fixture(scope="module")
def subject() -> Subject:
    config = RunConfig(
        "clip", data=DataConfig(image_size=16, dials={"preset": "lesson", "count": 200}), batch_size=16, steps=4,
        augmentation=Augmentation("one", (ViewRecipe(count=1),)),
    )  # fmt: skip
    splits = load_data(config.data)
    facts = facts_of(config, splits.train.image_size, splits.train.class_names, splits.train.factor_names)
    method = build_method(config, mean=splits.train.mean, std=splits.train.std, facts=facts).eval()
    return Subject(method, config, splits, 0)


def test_each_value_has_its_prompt_and_the_best_one_counts(subject):
    found = zero_shot(subject, "hue")
    assert found.prompts == tuple(f"a {hue} object" for hue in subject.splits.val.factor_names["hue"])
    assert found.captioned
    best = classify(subject, found.prompts).argmax(1)
    truth = torch.tensor(subject.splits.val.factors["hue"])
    assert found.score.value == pytest.approx(float((best == truth).double().mean()))
    assert found.score.lo <= found.score.value <= found.score.hi
    assert not zero_shot(subject, "size").captioned


def test_prompts_in_another_order_name_other_values(subject):
    prompts = zero_shot(subject, "shape").prompts
    turned = zero_shot(subject, "shape", prompts[::-1])
    best = classify(subject, prompts).argmax(1)
    truth = torch.tensor(subject.splits.val.factors["shape"])
    assert turned.score.value == pytest.approx(float((len(prompts) - 1 - best == truth).double().mean()))


def test_what_cannot_be_asked_is_refused(subject):
    with pytest.raises(EvaluationError, match=r"6 values and 1 prompts"):
        zero_shot(subject, "hue", ["a red object"])
    with pytest.raises(EvaluationError, match="No caption can name a factor 'rotation'"):
        zero_shot(subject, "rotation")
    with pytest.raises(NetworkError, match="never read the word 'zebra'"):
        classify(subject, ["a zebra"])
    other = dataclasses.replace(
        subject.config, method="simclr", augmentation=Augmentation("two", (ViewRecipe(count=2),))
    )
    method = build_method(other, mean=(0.5,) * 3, std=(0.25,) * 3, facts=facts_of(other, (16, 16)))
    with pytest.raises(EvaluationError, match="SimCLR has never read a caption"):
        classify(dataclasses.replace(subject, method=method), ["a star"])


def test_prompts_of_ones_own_share_the_images_and_show_their_best(subject):
    found = ask(subject, ["a red star", "a blue object"])
    probabilities = classify(subject, found.prompts)
    assert found.taken.sum() == pytest.approx(1.0)
    assert found.taken[0] == pytest.approx(float((probabilities.argmax(1) == 0).double().mean()))
    assert found.best.shape == found.probability.shape == (2, BEST)
    assert found.probability[1, 0] == pytest.approx(float(probabilities[:, 1].max()))
    assert (found.probability[:, :-1] >= found.probability[:, 1:]).all()
    first = subject.splits.val.images[found.best[1, 0]].transpose(1, 2, 0)
    assert (found.images[1, 0] == first).all()
    assert found.right is None


def test_prompts_of_a_factor_are_its_captions_and_are_counted(subject):
    found = ask(subject, (), "hue")
    one = zero_shot(subject, "hue")
    assert (found.prompts, found.right, found.chance) == (one.prompts, one.score, one.chance)


@pytest.mark.parametrize("prompts", [(), ("a red star",)])
def test_one_sentence_is_no_choice(subject, prompts):
    with pytest.raises(EvaluationError, match="nothing to choose among"):
        ask(subject, prompts)
