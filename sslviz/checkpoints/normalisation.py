"""By which mean and deviation a network's images were normalised: no file of weights tells, each family's code does."""

from __future__ import annotations

from dataclasses import dataclass

from sslviz.spec.description import Assumption


@dataclass(frozen=True, slots=True)
class Normalisation:
    """(pixels in [0, 1] - mean) / std, by channel."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    name: str  # "ImageNet's"

    def of(self, channels: int) -> Normalisation:
        """The same for images of another number of channels: the mean over the colours for each."""
        if channels == len(self.mean):
            return self
        mean, std = sum(self.mean) / len(self.mean), sum(self.std) / len(self.std)
        return Normalisation((mean,) * channels, (std,) * channels, f"{self.name}, averaged over the colours")

    def assumed(self, why: str) -> Assumption:
        """What to say of it, with the reason."""
        numbers = " / ".join(f"{number:.3f}" for number in (*dict.fromkeys(self.mean),))
        spread = " / ".join(f"{number:.3f}" for number in (*dict.fromkeys(self.std),))
        return Assumption("", f"mean {numbers}, deviation {spread} ({self.name})", why)


IMAGENET = Normalisation((0.485, 0.456, 0.406), (0.229, 0.224, 0.225), "ImageNet's")
HALVES = Normalisation((0.5, 0.5, 0.5), (0.5, 0.5, 0.5), "pixels from -1 to 1")
CLIP = Normalisation((0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711), "CLIP's")
