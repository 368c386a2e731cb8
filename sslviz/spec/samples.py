"""Sample pictures: photographs that ship inside libraries, whose they are, and pictures of our own shapes, which have masks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One picture. `name` is what `PictureRef.sample` says; `file` lies in the pictures' folder of `library`, "" where we draw it."""

    name: str
    title: str
    library: str
    file: str
    licence: str

    @property
    def always(self) -> bool:
        """Whether it is there without anything being installed: this program needs the library anyway, or draws it itself."""
        return self.library != "scikit-image"


_OURS = "made by this program, no restrictions"

SAMPLES = (
    Sample("flower", "Dahlia", "scikit-learn", "flower.jpg", "vultilion, CC BY 2.0"),
    Sample("china", "Summer palace, Beijing", "scikit-learn", "china.jpg", "danielbuechele, CC BY 2.0"),
    Sample("grace_hopper", "Grace Hopper", "matplotlib", "grace_hopper.jpg", "US Navy, public domain"),
    Sample("chelsea", "Chelsea the cat", "scikit-image", "chelsea.png", "Stéfan van der Walt, CC0"),
    Sample("astronaut", "Eileen Collins, astronaut", "scikit-image", "astronaut.png", "NASA, public domain"),
    Sample("coffee", "Coffee", "scikit-image", "coffee.png", "Pikolo Espresso Bar and Rachel Michetti, CC0"),
    Sample("rocket", "Rocket on its pad", "scikit-image", "rocket.jpg", "SpaceX, CC0"),
    Sample("shapes 1", "Shapes, with a mask", "", "", _OURS),
    Sample("shapes 2", "More shapes, with a mask", "", "", _OURS),
    Sample("shapes 3", "Still more shapes, with a mask", "", "", _OURS),
)
"""In the order of a menu. Names and licences of photographs are those that the library gives beside them."""
