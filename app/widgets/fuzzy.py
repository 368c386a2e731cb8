"""Fuzzy matching for the command palette: letters in order, whole words and word starts first."""

from __future__ import annotations


def score(query: str, text: str) -> float:
    """How well `text` answers `query`, 0 for not at all. Every word of the query must be found, letters in order."""
    words = query.casefold().split()
    folded = text.casefold()
    scores = [_word(word, folded) for word in words]
    return 1.0 if not words else (sum(scores) / len(scores) if all(scores) else 0.0)


def _word(word: str, text: str) -> float:
    at = text.find(word)
    if at >= 0:
        starts = at == 0 or not text[at - 1].isalnum()
        return 10.0 + 5.0 * starts - 0.01 * at - 0.001 * len(text)
    return _scattered(word, text)


def _scattered(word: str, text: str) -> float:
    at, gaps, begins = -1, 0, 0
    for letter in word:
        found = text.find(letter, at + 1)
        if found < 0:
            return 0.0
        begins += found == 0 or not text[found - 1].isalnum()
        gaps += found - at - 1 if at >= 0 else 0
        at = found
    return max(0.1, 5.0 * begins / len(word) - 0.1 * gaps)
