"""Words and the text tower: round trips, gaps, the end of a sentence, what later words may change."""

import pytest
import torch

from sslviz.nn.errors import NetworkError
from sslviz.nn.text_tower import LONGEST, TextTower
from sslviz.nn.words import END, PAD, Words, closed_up

WORDS = Words(("a", "red", "blue", "star"))


def test_sentences_come_back():
    tokens = WORDS.encode(["a red star", "A Star."])
    assert WORDS.decode(tokens) == ["a red star", "a star"]
    assert tokens[1].tolist()[2:] == [END, PAD]


def test_an_unknown_word_names_those_that_are_known():
    with pytest.raises(NetworkError, match=r"never read the word 'cow'. It knows: a, red, blue, star"):
        WORDS.encode(["a red cow"])


def test_gaps_move_to_the_end_in_order():
    tokens = torch.tensor([[2, PAD, 4, PAD, END], [2, 3, 4, 5, END]])
    assert closed_up(tokens).tolist() == [[2, 4, END, PAD, PAD], [2, 3, 4, 5, END]]


def tower() -> TextTower:
    torch.manual_seed(0)
    return TextTower(len(WORDS), 16).eval()


def test_what_fills_a_row_up_changes_nothing():
    tokens = WORDS.encode(["a red star"])
    longer = torch.cat([tokens, torch.full((1, 5), PAD)], dim=1)
    one = tower()
    assert torch.allclose(one(tokens), one(longer), atol=1e-6)


def test_words_and_their_order_count():
    one = tower()
    a, b, c = one(WORDS.encode(["red blue star", "blue red star", "red blue red"]))
    assert not torch.allclose(a, b, atol=1e-4)
    assert not torch.allclose(a, c, atol=1e-4)


def test_a_sentence_that_is_too_long_is_refused():
    with pytest.raises(NetworkError, match=f"at most {LONGEST - 1} words"):
        tower()(WORDS.encode(["a " * LONGEST]))
