"""Whole batches: shapes, ranges, determinism, probabilities, switches, each operation alone, bad input."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import torch
from scipy import stats
from torch import Tensor
from torchvision.transforms import v2
from torchvision.transforms.v2 import functional

from sslviz.data.augment import Augmenter, augmenter, recipe
from sslviz.data.errors import DataError
from sslviz.spec.augmentation import OPERATIONS, Augmentation, ViewRecipe

CPU = torch.device("cpu")
OFF = ViewRecipe(count=1, crop=False, flip=False, jitter=False, grayscale=False, blur=False, solarise=False)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def batch(n: int = 12, height: int = 32, width: int = 32) -> Tensor:
    noise = torch.rand(n, 3, height // 4, width // 4, generator=seeded(9))
    smooth = torch.nn.functional.interpolate(noise, size=(height, width), mode="bilinear")
    return (smooth * 255).to(torch.uint8)


def made(view: ViewRecipe, images: Tensor, seed: int = 0) -> Tensor:
    size = (images.shape[2], images.shape[3])
    return Augmenter(Augmentation("test", (view,)), size, CPU)(images, seeded(seed))[0]


def test_everything_off_is_the_image() -> None:
    images = batch()
    torch.testing.assert_close(made(OFF, images)[0], images / 255, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", ["simclr", "byol", "dino", "mae", "none"])
@pytest.mark.parametrize("size", [(32, 32), (40, 24)])
def test_shapes_and_range(name: str, size: tuple[int, int]) -> None:
    views = Augmenter(recipe(name), size, CPU)(batch(5, *size), seeded())
    assert len(views) == len(recipe(name).views)
    for made_views, view in zip(views, recipe(name).views, strict=True):
        h, w = size if view.share == 1 else tuple(max(8, 8 * round(side * 96 / 224 / 8)) for side in size)
        assert made_views.shape == (view.count, 5, 3, h, w)
        assert made_views.dtype == torch.float32
        assert made_views.is_contiguous()
        assert float(made_views.min()) >= 0.0
        assert float(made_views.max()) <= 1.0


def test_a_size_in_px_is_a_square() -> None:
    assert made(dataclasses.replace(OFF, size=20), batch(2, 32, 48)).shape == (1, 2, 3, 20, 20)


def test_an_empty_batch() -> None:
    assert made(ViewRecipe(), batch(4)[:0]).shape == (2, 0, 3, 32, 32)


def test_same_seed_same_views_other_seed_other_views() -> None:
    images, augmenter_ = batch(), Augmenter(recipe("simclr"), 32, CPU)
    first = augmenter_(images, seeded(1))[0].clone()
    assert torch.equal(first, augmenter_(images, seeded(1))[0])
    assert not torch.equal(first, augmenter_(images, seeded(2))[0])
    assert not torch.equal(first[0], first[1])


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
def test_views_do_not_depend_on_the_number_of_threads() -> None:
    images, augmenter_, views = batch(64), Augmenter(recipe("dino"), 32, CPU), []
    for count in (1, 2):
        torch.set_num_threads(count)
        views.append(augmenter_(images, seeded()))
    assert all(torch.equal(a, b) for a, b in zip(*views, strict=True))


def test_views_do_not_depend_on_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    images = batch(37)
    whole = made(recipe("simclr").views[0], images)
    monkeypatch.setattr(augmenter, "CACHED_BYTES", 1)
    torch.testing.assert_close(made(recipe("simclr").views[0], images), whole, atol=1e-5, rtol=0)


def test_the_global_generator_is_neither_read_nor_moved() -> None:
    before = torch.get_rng_state()
    made(ViewRecipe(), batch())
    assert torch.equal(torch.get_rng_state(), before)


def test_inference_mode_and_back() -> None:
    images, augmenter_ = batch(), Augmenter(recipe("simclr"), 32, CPU)
    with torch.inference_mode():
        first = augmenter_(images, seeded())[0].clone()
    assert torch.equal(augmenter_(images, seeded())[0], first)


def test_images_are_not_written_to() -> None:
    images = batch()
    before = images.clone()
    made(recipe("byol").views[1], images)
    assert torch.equal(images, before)


def test_switching_one_operation_off_leaves_the_others_as_they_were() -> None:
    images = batch(30)
    jittered = made(ViewRecipe(count=1, blur=False, solarise=False, grayscale=False), images)[0]
    plain = made(ViewRecipe(count=1, blur=False, solarise=False, grayscale=False, jitter=False), images)[0]
    untouched = (jittered - plain).abs().amax((1, 2, 3)) < 1e-6
    assert 0 < int(untouched.sum()) < 20  # the same crops, about a fifth without jitter


def share_changed(view: ViewRecipe, images: Tensor) -> int:
    return int(((made(view, images)[0] - images / 255).abs().amax((1, 2, 3)) > 1e-4).sum())


@pytest.mark.parametrize("operation", ["flip", "jitter", "grayscale", "blur", "solarise"])
def test_operations_happen_as_often_as_asked(operation: str) -> None:
    images = torch.randint(0, 256, (3_000, 3, 8, 8), generator=seeded(3), dtype=torch.uint8)
    changes = {operation: True, f"{operation}_p": 0.3, "blur_min": 1.0}
    changed = share_changed(dataclasses.replace(OFF, **changes), images)
    assert stats.binomtest(changed, 3_000, 0.3).pvalue > 0.01
    assert share_changed(dataclasses.replace(OFF, **changes | {f"{operation}_p": 0.0}), images) == 0
    assert share_changed(dataclasses.replace(OFF, **changes | {f"{operation}_p": 1.0}), images) == 3_000


def test_each_operation_alone() -> None:
    images = batch(6)
    pixels = images / 255
    weak = ViewRecipe(blur_min=1.5, blur_max=1.5, solarise=False, flip_p=0.0, blur_p=0.0)
    augmenter_ = Augmenter(Augmentation("test", (weak,)), 32, CPU)
    alone = {name: augmenter_.alone(name, images, seeded()) for name in OPERATIONS}
    assert all(views.shape == pixels.shape for views in alone.values())
    torch.testing.assert_close(alone["flip"], pixels.flip(3), atol=1e-6, rtol=0)
    torch.testing.assert_close(alone["grayscale"], functional.rgb_to_grayscale(pixels, 3), atol=1e-5, rtol=0)
    torch.testing.assert_close(alone["solarise"], functional.solarize(pixels, 0.5), atol=1e-5, rtol=0)
    blurred = functional.gaussian_blur(pixels, [11, 11], [1.5, 1.5])
    torch.testing.assert_close(alone["blur"], blurred, atol=1e-5, rtol=0)
    assert (alone["jitter"] - pixels).abs().amax((1, 2, 3)).min() > 0.01
    assert (alone["crop"] - pixels).abs().amax((1, 2, 3)).min() > 0.01


def test_contrast_takes_its_mean_before_blur() -> None:
    """A bright border weighs more after a reflected blur; the mean must not see that."""
    images = torch.full((8, 3, 16, 16), 110, dtype=torch.uint8)
    images[:, :, :1] = 170
    view = dataclasses.replace(OFF, jitter=True, jitter_p=1.0, brightness=0.0, saturation=0.0, hue=0.0, contrast=0.3,
                               blur=True, blur_p=1.0, blur_min=2.0, blur_max=2.0)  # fmt: skip
    contrasted = made(dataclasses.replace(view, blur=False), images)[0]
    expected = functional.gaussian_blur(contrasted, [13, 13], [2.0, 2.0])
    torch.testing.assert_close(made(view, images)[0], expected, atol=1e-5, rtol=0)


def test_views_have_the_statistics_of_torchvisions_pipeline() -> None:
    """Mean, spread and colourfulness of views of one image: crop, flip, jitter, grayscale and blur together."""
    image = torch.nn.functional.interpolate(
        torch.rand(1, 3, 6, 6, generator=seeded(21)), size=(32, 32), mode="bilinear"
    )
    pixels = (image[0] * 255).to(torch.uint8)
    view = recipe("simclr_cifar10").views[0]
    with torch.random.fork_rng():
        torch.manual_seed(8)
        pipeline = v2.Compose([
            v2.ToDtype(torch.float32, scale=True), v2.RandomResizedCrop(32, (0.08, 1.0), antialias=True),
            v2.RandomHorizontalFlip(), v2.RandomApply([v2.ColorJitter(0.4, 0.4, 0.4, 0.1)], 0.8), v2.RandomGrayscale(0.2),
        ])  # fmt: skip
        theirs = torch.stack([pipeline(pixels) for _ in range(700)])
    ours = made(dataclasses.replace(view, count=1), pixels.expand(3_000, -1, -1, -1))[0]
    statistics = {
        "mean": lambda x: x.mean((1, 2, 3)),
        "contrast": lambda x: x.mean(1).flatten(1).std(1),
        "colourfulness": lambda x: x.std(1).mean((1, 2)),
        "left minus right": lambda x: (x[..., :16] - x[..., 16:]).mean((1, 2, 3)),
    }
    for name, statistic in statistics.items():
        p = stats.ks_2samp(statistic(ours).numpy(), statistic(theirs).numpy()).pvalue
        assert p > 0.005, f"{name}: p = {p}"


@pytest.mark.parametrize(
    ("images", "cause"),
    [
        (torch.zeros(2, 3, 32, 32), "float32"),
        (torch.zeros(2, 1, 32, 32, dtype=torch.uint8), r"\(2, 1, 32, 32\)"),
        (torch.zeros(3, 32, 32, dtype=torch.uint8), r"\(3, 32, 32\)"),
        (torch.zeros(2, 3, 16, 32, dtype=torch.uint8), "16 x 32"),
    ],
)
def test_unfit_images_are_refused(images: Tensor, cause: str) -> None:
    with pytest.raises(DataError, match=cause) as caught:
        Augmenter(recipe("simclr"), 32, CPU)(images, seeded())
    assert caught.value.hint


def test_unknown_operations_and_tiny_images_are_refused() -> None:
    with pytest.raises(DataError, match="rotate") as caught:
        Augmenter(recipe("simclr"), 32, CPU).alone("rotate", batch(), seeded())
    assert "solarise" in caught.value.hint
    with pytest.raises(DataError, match="1 x 5"):
        Augmenter(recipe("simclr"), (1, 5), CPU)


@pytest.mark.parametrize("size", [(2, 2), (9, 5)])
def test_tiny_images_work(size: tuple[int, int]) -> None:
    images = torch.randint(0, 256, (3, 3, *size), dtype=torch.uint8, generator=seeded())
    assert Augmenter(recipe("dino"), size, CPU)(images, seeded())[0].isfinite().all()


def accelerator() -> torch.device | None:
    for name, backend in (("cuda", torch.cuda), ("mps", torch.mps)):
        if backend.is_available():
            return torch.device(name)
    return None


@pytest.mark.device
@pytest.mark.skipif(accelerator() is None, reason="there is no CUDA or MPS device")
@pytest.mark.parametrize("name", ["simclr", "byol", "dino"])
def test_a_cpu_generator_gives_the_same_views_on_an_accelerator(name: str) -> None:
    device = accelerator()
    assert device is not None
    images = batch(16)
    here = Augmenter(recipe(name), 32, CPU)(images, seeded())
    there = Augmenter(recipe(name), 32, device)(images.to(device), seeded())
    for a, b in zip(here, there, strict=True):
        assert b.device.type == device.type
        off = (a - b.cpu()).abs() > 2e-3  # solarise may fall on the other side of its threshold
        assert off.float().mean() < 1e-3


@pytest.mark.device
@pytest.mark.skipif(accelerator() is None, reason="there is no CUDA or MPS device")
def test_a_generator_on_the_accelerator() -> None:
    device = accelerator()
    assert device is not None
    augmenter_ = Augmenter(recipe("simclr"), 32, device)
    views = [augmenter_(batch().to(device), torch.Generator(device).manual_seed(1))[0].cpu() for _ in range(2)]
    assert torch.equal(*views)
