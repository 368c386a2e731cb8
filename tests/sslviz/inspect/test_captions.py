"""What figures say of themselves, counted as people count."""

from __future__ import annotations

import pytest

from sslviz.inspect.captions import caption, head_said, layers_said, query_said
from sslviz.inspect.errors import InspectError
from sslviz.inspect.layers import checked_layers, token_of
from tests.sslviz.inspect.networks import PLAN, about, convolutional


def test_a_caption_names_network_file_picture_size_and_patch():
    said = caption(about(PLAN, network="teacher"), "cat.png", (32, 48), "layer 3 of 3", "")
    assert (
        said
        == "DINO ViT-test/8, teacher · sha256 ababababab · cat.png, 32 × 48 px · patches of 8 × 8 px · layer 3 of 3"
    )
    assert "patches" not in caption(convolutional().describe(), "cat.png", (32, 48))
    assert "sha256" not in caption(about(PLAN, sha256=""), "cat.png", (32, 48))


def test_layers_heads_and_queries_are_counted_from_one():
    assert layers_said((0,), 12) == "layer 1 of 12"
    assert layers_said((0, 5, -1), 12) == "layers 1, 6, 12 of 12"
    assert head_said(-1) == "mean of all heads"
    assert head_said(0) == "head 1"
    assert query_said(-1, (4, 6)) == "query: class token"
    assert query_said(-3, (4, 6)) == "query: register 2"
    assert query_said(7, (4, 6)) == "query: patch in row 2, column 2"


def test_layers_are_checked_and_each_is_taken_once():
    assert checked_layers((-1, 0, 2), 3) == (2, 0)
    for wrong in ((3,), (-4,), ()):
        with pytest.raises(InspectError, match="has 3 layers"):
            checked_layers(wrong, 3)


def test_queries_are_tokens():
    with_registers, without_class = about(PLAN, registers=2), about(PLAN, class_token=False)
    assert [token_of(query, with_registers, (4, 4)) for query in (-1, -2, -3, 0, 15)] == [0, 1, 2, 3, 18]
    assert token_of(-1, without_class, (4, 4)) is None
    assert token_of(2, without_class, (4, 4)) == 2
    with pytest.raises(InspectError, match="has 2 registers, and register 3"):
        token_of(-4, with_registers, (4, 4))
