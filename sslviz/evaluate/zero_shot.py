"""Zero-shot: a model that reads captions names images without a classifier (CLIP, arXiv:2103.00020, Sec. 3.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from sslviz.evaluate.errors import EvaluationError
from sslviz.evaluate.images import resized
from sslviz.evaluate.scores import accuracy, commonest
from sslviz.evaluate.subject import Subject
from sslviz.methods.clip import CLIP
from sslviz.spec.captions import SLOTS
from sslviz.spec.evaluation import Prompted, Score
from sslviz.spec.events import frozen

_CHUNK = 256
BEST = 8
"""Images of each prompt that are shown."""


@dataclass(frozen=True, slots=True)
class ZeroShot:
    """How often the nearest of a factor's prompts is the right one."""

    factor: str
    captioned: bool  # whether the captions of training named it
    prompts: tuple[str, ...]
    score: Score
    chance: float  # of always naming the commonest value


def reader(subject: Subject) -> CLIP:
    """The subject's model, which reads; raises EvaluationError for one that does not."""
    if isinstance(subject.method, CLIP):
        return subject.method
    raise EvaluationError(f"{subject.method.info.title} has never read a caption.", "Choose a run of clip.")


@torch.inference_mode()
def classify(subject: Subject, prompts: Sequence[str]) -> Tensor:
    """Probabilities of the prompts for every validation image, (n, prompts). Raises EvaluationError, NetworkError for unknown words."""
    model, images = reader(subject), subject.splits.val.images
    parts = []
    for start in range(0, len(images), _CHUNK):
        chunk = torch.from_numpy(np.array(images[start : start + _CHUNK])).to(subject.device)
        parts.append(model.classify(model.encoder(resized(chunk, subject.size)), prompts).cpu())
    return torch.cat(parts)


def zero_shot(subject: Subject, factor: str, prompts: Sequence[str] = ()) -> ZeroShot:
    """Name a factor of the validation images by `prompts`, one for each of its values; () takes the caption of each value.

    Raises EvaluationError for a factor that the data or captions do not have and for another number of prompts.
    """
    model, val = reader(subject), subject.splits.val
    values = model.facts.factors.get(factor, ())
    if factor not in val.factors or factor not in SLOTS:
        known = [name for name in SLOTS if name in val.factors]
        raise EvaluationError(
            f"No caption can name a factor {factor!r} of these images.", f"There are: {', '.join(known)}."
        )
    if prompts and len(prompts) != len(values):
        raise EvaluationError(
            f"{factor} has {len(values)} values and {len(prompts)} prompts were given.",
            f"Give one for each of: {', '.join(values)}.",
        )
    asked = tuple(prompts) or model.prompts(factor)
    truth = torch.from_numpy(np.array(val.factors[factor]))
    hits = classify(subject, asked).argmax(dim=1) == truth
    train = torch.from_numpy(np.array(subject.splits.train.factors[factor]))
    score = accuracy([float(hits.double().mean())], len(hits))
    return ZeroShot(factor, factor in model.params.named, asked, score, commonest(train, truth))


def ask(subject: Subject, prompts: Sequence[str], factor: str = "") -> Prompted:
    """Which of the prompts each validation image is nearest to, and the images that each prompt fits best; see `AskPrompts`.

    Raises EvaluationError as `zero_shot` does, and where there is nothing to choose among.
    """
    model = reader(subject)
    if factor and not prompts:
        prompts = model.prompts(factor) if factor in model.facts.factors else ()
    score, chance = None, float("nan")
    if factor:
        found = zero_shot(subject, factor, prompts)
        score, chance = found.score, found.chance
    if len(prompts) < 2:
        raise EvaluationError("There is nothing to choose among.", "Write two prompts or more, one a line.")
    probabilities = classify(subject, prompts)  # (n, P)
    probability, best = probabilities.topk(min(BEST, len(probabilities)), dim=0)  # (k, P)
    taken = probabilities.argmax(dim=1).bincount(minlength=len(prompts)).double() / len(probabilities)
    images = np.asarray(subject.splits.val.images)[best.T.numpy()]  # (P, k, 3, H, W)
    return Prompted(
        prompts=tuple(prompts),
        taken=frozen(taken.numpy()),
        best=frozen(best.T.numpy()),
        probability=frozen(probability.T.numpy()),
        images=frozen(images.transpose(0, 1, 3, 4, 2)),
        count=len(probabilities),
        captioned=model.params.named,
        right=score,
        chance=chance,
    )
