"""Photographs that ship inside scikit-learn and scikit-image: what they are called, what they show, whose they are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One photograph. `name` is what `PictureRef.sample` says; `file` lies in the images folder of `library`."""

    name: str
    title: str
    library: str
    file: str
    licence: str


SAMPLES = (
    Sample("flower", "Dahlia", "scikit-learn", "flower.jpg", "dany13, CC BY 2.0"),
    Sample("china", "Summer palace, Beijing", "scikit-learn", "china.jpg", "Shizhao, CC BY 2.0"),
    Sample("chelsea", "Chelsea the cat", "scikit-image", "chelsea.png", "Stéfan van der Walt, CC0"),
    Sample("astronaut", "Eileen Collins, astronaut", "scikit-image", "astronaut.png", "NASA, public domain"),
    Sample("coffee", "Coffee", "scikit-image", "coffee.png", "Pikolo Espresso Bar and Rachel Michetti, CC0"),
    Sample("rocket", "Rocket on its pad", "scikit-image", "rocket.jpg", "SpaceX, CC0"),
)
