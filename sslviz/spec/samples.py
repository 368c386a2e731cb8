"""Sample pictures: photographs that ship inside libraries, with their licences, and pictures of our own shapes with masks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture that needs no file of the user's. `package` holds it; "" is this program, which draws it."""

    name: str  # as `PictureRef.sample` says it
    title: str
    licence: str
    package: str = ""  # as it is imported
    file: str = ""  # inside the package
    always: bool = True  # its package is one that this program needs anyway

    @property
    def credit(self) -> str:
        """What stands beside the picture."""
        return f"{self.title} ({self.licence})"


_SKLEARN = "sklearn/datasets/images"
_MATPLOTLIB = "matplotlib/mpl-data/sample_data"
_SKIMAGE = "skimage/data"


def _photograph(name: str, title: str, licence: str, folder: str, suffix: str, *, always: bool = True) -> Sample:
    package, _, inside = folder.partition("/")
    return Sample(name, title, licence, package, f"{inside}/{name}{suffix}", always)


SAMPLES: tuple[Sample, ...] = (
    _photograph("china", "Temple", "CC BY 2.0, danielbuechele, in scikit-learn", _SKLEARN, ".jpg"),
    _photograph("flower", "Flower", "CC BY 2.0, vultilion, in scikit-learn", _SKLEARN, ".jpg"),
    _photograph("grace_hopper", "Grace Hopper", "public domain, US Navy, in matplotlib", _MATPLOTLIB, ".jpg"),
    _photograph("astronaut", "Astronaut", "public domain, NASA, in scikit-image", _SKIMAGE, ".png", always=False),
    _photograph("chelsea", "Cat", "CC0, Stefan van der Walt, in scikit-image", _SKIMAGE, ".png", always=False),
    _photograph("coffee", "Coffee", "CC0, Rachel Michetti, in scikit-image", _SKIMAGE, ".png", always=False),
    _photograph("rocket", "Rocket", "public domain, SpaceX, in scikit-image", _SKIMAGE, ".jpg", always=False),
    Sample("shapes 1", "Shapes 1, with its mask", "made by this program: no restrictions"),
    Sample("shapes 2", "Shapes 2, with its mask", "made by this program: no restrictions"),
    Sample("shapes 3", "Shapes 3, with its mask", "made by this program: no restrictions"),
)
"""In the order of a menu."""
