"""Augmentation of a batch of CIFAR-sized and of 64 px images, against torchvision v2 image by image and against kornia in batches.

Same recipes, same parameters, two views each, from uint8 to float32, one thread for all. The contenders take turns, round by round.
Blur costs us the same at any kernel size, so the others get the smallest that SimCLR's rule allows (a tenth of the side, odd).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch
from figure import Figure, median, ratio
from torch import Tensor, nn

from sslviz.data.augment import Augmenter, recipe
from sslviz.spec.augmentation import ViewRecipe

BATCH = 256
PER_SAMPLE = 48
"""Images that the per-sample pipeline gets in a round: it is the slow one."""
TARGETS = {32: (8.0, 2.0), 64: (4.0, 2.0)}
RECIPES = ("simclr_cifar10", "simclr")
Contender = Callable[[Tensor], object]


def ours(name: str, size: int) -> Contender:
    augmenter, generator = Augmenter(recipe(name), size, torch.device("cpu")), torch.Generator().manual_seed(0)
    return lambda images: augmenter(images, generator)


def kernel(size: int) -> int:
    """SimCLR's own: a tenth of the height, odd."""
    return 2 * (size // 10 // 2) + 1 if size >= 20 else 3


def torchvision_v2(view: ViewRecipe, size: int) -> Contender:
    from torchvision.transforms import v2

    steps: list[nn.Module] = [
        v2.RandomResizedCrop(size, (view.crop_min, view.crop_max), antialias=True),
        v2.RandomHorizontalFlip(view.flip_p),
        v2.RandomApply([v2.ColorJitter(view.brightness, view.contrast, view.saturation, view.hue)], view.jitter_p),
        v2.RandomGrayscale(view.grayscale_p),
    ]
    if view.blur:
        steps.append(v2.RandomApply([v2.GaussianBlur(kernel(size), (view.blur_min, view.blur_max))], view.blur_p))
    pipeline = v2.Compose([*steps, v2.ToDtype(torch.float32, scale=True)])
    return lambda images: [torch.stack([pipeline(image) for image in images]) for _ in range(view.count)]


def kornia_batched(view: ViewRecipe, size: int) -> Contender:
    from kornia import augmentation as k

    steps: list[nn.Module] = [
        k.RandomResizedCrop((size, size), (view.crop_min, view.crop_max), (1 / view.crop_ratio, view.crop_ratio)),
        k.RandomHorizontalFlip(p=view.flip_p),
        k.ColorJitter(view.brightness, view.contrast, view.saturation, view.hue, p=view.jitter_p),
        k.RandomGrayscale(p=view.grayscale_p),
    ]
    if view.blur:
        steps.append(k.RandomGaussianBlur((kernel(size),) * 2, (view.blur_min, view.blur_max), p=view.blur_p))
    pipeline = nn.Sequential(*steps)
    return lambda images: [pipeline(images.float() / 255) for _ in range(view.count)]


def rate(contender: Contender, images: Tensor) -> float:
    """Images a second, both views of each made."""
    began = time.perf_counter()
    with torch.no_grad():
        contender(images)
    return len(images) / (time.perf_counter() - began)


def run(quick: bool, data: Path | None) -> list[Figure]:
    """Ratios at 32 and 64 px for SimCLR's recipes of CIFAR-10 and ImageNet, and our images a second."""
    del data  # the figures do not depend on what the pictures show
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return [figure for size in TARGETS for name in RECIPES for figure in _figures(name, size, 3 if quick else 9)]


def _figures(name: str, size: int, rounds: int) -> list[Figure]:
    (view,) = recipe(name).views
    contenders = {
        "ours": ours(name, size),
        "torchvision": torchvision_v2(view, size),
        "kornia": kornia_batched(view, size),
    }
    images = torch.randint(0, 256, (BATCH, 3, size, size), dtype=torch.uint8)
    batches = {who: images[:PER_SAMPLE] if who == "torchvision" else images for who in contenders}
    rates: dict[str, list[float]] = {who: [] for who in contenders}
    for who, contender in contenders.items():
        rate(contender, batches[who])  # warm
    for _ in range(rounds):
        for who, contender in contenders.items():
            rates[who].append(rate(contender, batches[who]))
    what, (per_sample, batched) = f"{name}, {size} px, 2 views", TARGETS[size]
    return [
        median(what, rates["ours"], "images/s", note="1 thread, batch 256"),
        ratio(f"{what} / torchvision v2", rates["ours"], rates["torchvision"], target=per_sample),
        ratio(f"{what} / kornia", rates["ours"], rates["kornia"], target=batched),
    ]
