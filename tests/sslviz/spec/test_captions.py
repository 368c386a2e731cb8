"""Captions: they say what they are asked to say, and nothing else."""

import pytest

from sslviz.spec.captions import SLOTS, caption, vocabulary

VALUES = {
    "size": "small",
    "texture": "stripes",
    "hue": "red",
    "shape": "star",
    "position": "top left",
    "background": "plaid",
}


@pytest.mark.parametrize(
    ("named", "said"),
    [
        (tuple(SLOTS), "a small striped red star at the top left on plaid"),
        (("shape", "hue"), "a red star"),
        (("hue",), "a red object"),
        (("background",), "an object on plaid"),
        (("shape",), "a star"),
    ],
)
def test_only_what_is_named_is_said_in_the_order_of_english(named, said):
    assert caption(VALUES, named) == said


def test_orange_takes_an():
    assert caption({**VALUES, "hue": "orange"}, ("hue", "shape")) == "an orange star"


def test_the_middle_and_plain_grounds_read_as_english():
    assert caption({**VALUES, "position": "centre", "background": "gradient"}, ("shape", "position", "background")) == (
        "a star in the centre on a gradient"
    )


def test_the_vocabulary_covers_every_caption():
    words = set(vocabulary({factor: {value} for factor, value in VALUES.items()}))
    assert set(caption(VALUES, tuple(SLOTS)).split()) <= words
    assert {"a", "object"} <= words
    assert "rotation" not in vocabulary({"rotation": ["45°"]})
