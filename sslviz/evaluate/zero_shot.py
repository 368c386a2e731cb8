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
from sslviz.spec.evaluation import Score

_CHUNK = 256


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
