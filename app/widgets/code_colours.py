"""What is what in Python source: keywords, names that are defined, text, comments and numbers, line by line."""

from __future__ import annotations

import io
import keyword
import token
import tokenize
from dataclasses import dataclass
from typing import Literal

Kind = Literal["keyword", "name", "text", "comment", "number"]


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a line: from column `start`, `length` characters."""

    start: int
    length: int
    kind: Kind


def spans(source: str) -> dict[int, list[Span]]:
    """The coloured parts of each line, lines counted from 0; of source that is no Python, what comes before the fault."""
    found: dict[int, list[Span]] = {}
    lines = source.splitlines()
    defines = False
    try:
        for item in tokenize.generate_tokens(io.StringIO(source).readline):
            kind = "name" if defines and item.type == token.NAME else _kind(item)
            defines = item.type == token.NAME and item.string in ("def", "class")
            if kind is not None:
                _add(found, lines, item, kind)
    except (tokenize.TokenError, SyntaxError):
        return found
    return found


def _kind(item: tokenize.TokenInfo) -> Kind | None:
    if item.type == token.NAME:
        return "keyword" if keyword.iskeyword(item.string) else None
    if item.type == token.NUMBER:
        return "number"
    if item.type == token.COMMENT:
        return "comment"
    return "text" if "STRING" in token.tok_name[item.type] else None


def _add(found: dict[int, list[Span]], lines: list[str], item: tokenize.TokenInfo, kind: Kind) -> None:
    (first, left), (last, right) = item.start, item.end
    for row in range(first, last + 1):
        start = left if row == first else 0
        end = right if row == last else len(lines[row - 1])
        if end > start:
            found.setdefault(row - 1, []).append(Span(start, end - start, kind))
