"""Every widget that has an example can be made from it, in both themes and in large type, and draws something."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

import app.widgets
from app.widgets.alone import theme_from
from app.widgets.theme import DARK, LIGHT

EXAMPLES = [
    name
    for name in sorted(module.name for module in pkgutil.iter_modules(app.widgets.__path__))
    if hasattr(importlib.import_module(f"app.widgets.{name}"), "example")
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_draws_in_every_look(name, qtbot):
    widget = importlib.import_module(f"app.widgets.{name}").example()
    qtbot.addWidget(widget)
    widget.resize(420, 300)
    looks = []
    for theme in (LIGHT, DARK, dataclasses.replace(LIGHT, scale=1.6)):
        widget.set_theme(theme)
        widget.show()
        picture = widget.grab().toImage()
        colours = {picture.pixel(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)}
        assert len(colours) > 1
        looks.append(picture)
    assert not looks[0] == looks[1] == looks[2]


def test_themes_are_asked_for_in_words():
    assert theme_from(["dark", "1.6"]) == dataclasses.replace(DARK, scale=1.6)
    assert theme_from([]) == LIGHT
