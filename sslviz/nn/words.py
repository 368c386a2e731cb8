"""Words: sentences as rows of token numbers, for a small closed vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from sslviz.nn.errors import NetworkError

PAD, END = 0, 1
"""Tokens that are no words: what fills a row up, and the end of a sentence, where its meaning is read off."""


class Words:
    """Turns sentences over `vocabulary` into tokens and back. Words are told apart by spaces; case and full stops do not count."""

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self.vocabulary = tuple(vocabulary)
        self._numbers = {word: k for k, word in enumerate(self.vocabulary, start=END + 1)}

    def __len__(self) -> int:
        """Tokens in all, those that are no words included."""
        return len(self.vocabulary) + END + 1

    def encode(self, sentences: Sequence[str], *, end: bool = True) -> Tensor:
        """Tokens of the sentences, (n, longest) int64, PAD after the end. Raises NetworkError for a word that is not known."""
        rows = [[self._number(word) for word in _split(sentence)] + [END] * end for sentence in sentences]
        longest = max((len(row) for row in rows), default=0)
        return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows], dtype=torch.int64)

    def decode(self, tokens: Tensor) -> list[str]:
        """The sentences of tokens (n, length)."""
        return [" ".join(self.vocabulary[t - END - 1] for t in row if t > END) for row in tokens.tolist()]

    def _number(self, word: str) -> int:
        try:
            return self._numbers[word]
        except KeyError:
            raise NetworkError(
                f"This model has never read the word {word!r}.", f"It knows: {', '.join(self.vocabulary)}."
            ) from None


def _split(sentence: str) -> list[str]:
    return sentence.lower().replace(".", " ").replace(",", " ").split()


def closed_up(tokens: Tensor) -> Tensor:
    """Rows with their gaps (PAD between words) moved to the end: (n, length) -> (n, length)."""
    order = (tokens == PAD).to(torch.int8).argsort(dim=1, stable=True)
    return tokens.gather(1, order)
