"""Where the keys of a TOML text stand, which the standard library's reader does not tell: for messages with a line in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<blank>[ \t]+|\#[^\n]*)
    |(?P<text>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')
    |(?P<mark>[\n\[\]{},=.])
    |(?P<bare>[^\s\[\]{},="'\#.]+)""",
    re.VERBOSE | re.DOTALL,
)
_ENDS = ("\n", ",", "]", "}", "")


def lines_of(source: str) -> dict[str, int]:
    """The line, from 1, of every key and item of a TOML text that is known to be valid: "arms[1].settings.tau" and the like.

    Quotes and tables are no part of a path: `"data.preset"` in the table `settings` is "settings.data.preset".
    """
    return _Walk(source.replace("\r\n", "\n")).document()


def line_of(path: str, lines: Mapping[str, int], default: int = 1) -> int:
    """The line of `path`, or of the nearest thing around it that has one."""
    while path and path not in lines:
        path = path[: max(path.rfind("."), path.rfind("["), 0)]
    return lines.get(path, default)


def joined(path: str, key: str) -> str:
    """The path of `key` within `path`."""
    return f"{path}.{key}" if path else key


class _Token(NamedTuple):
    text: str
    line: int


class _Walk:
    """One pass over the tokens."""

    def __init__(self, source: str) -> None:
        self.tokens = list(_tokens(source))
        self.at = 0
        self.found: dict[str, int] = {}
        self.last: dict[str, int] = {}  # number of the newest table of each array of tables

    @property
    def word(self) -> str:
        """The token that comes next, "" at the end."""
        return self.tokens[self.at].text if self.at < len(self.tokens) else ""

    def document(self) -> dict[str, int]:
        base = ""
        while self.word:
            if self.word == "\n":
                self.at += 1
            elif self.word == "[":
                base = self._header()
            else:
                self._pair(base)
        return self.found

    def _header(self) -> str:
        """`[table]` or `[[item]]`; its path."""
        line, of_array = self.tokens[self.at].line, self.tokens[self.at + 1].text == "["
        self.at += 2 if of_array else 1
        path = ""
        parts = self._key()
        for part in parts[:-1]:
            path = self._newest(joined(path, part))
        path = joined(path, parts[-1])
        if of_array:
            self.found.setdefault(path, line)
            self.last[path] = self.last.get(path, -1) + 1
        path = self._newest(path)
        self.found.setdefault(path, line)
        self.at += 2 if of_array else 1
        return path

    def _newest(self, path: str) -> str:
        return f"{path}[{self.last[path]}]" if path in self.last else path

    def _key(self) -> list[str]:
        parts = [_bare(self.word)]
        self.at += 1
        while self.word == ".":
            parts.append(_bare(self.tokens[self.at + 1].text))
            self.at += 2
        return parts

    def _pair(self, base: str) -> None:
        line = self.tokens[self.at].line
        path = joined(base, ".".join(self._key()))
        self.found.setdefault(path, line)
        self.at += 1  # =
        self._value(path)

    def _value(self, path: str) -> None:
        opening = self.word
        if opening not in ("[", "{"):
            while self.word not in _ENDS:
                self.at += 1
            return
        closing, index = {"[": "]", "{": "}"}[opening], 0
        self.at += 1
        while self.word != closing:
            if self.word in ("\n", ","):
                self.at += 1
            elif opening == "{":
                self._pair(path)
            else:
                self.found[f"{path}[{index}]"] = self.tokens[self.at].line
                self._value(f"{path}[{index}]")
                index += 1
        self.at += 1


def _tokens(source: str) -> list[_Token]:
    line, found = 1, []
    for match in _TOKEN.finditer(source):
        if match.lastgroup != "blank":
            found.append(_Token(match[0], line))
        line += match[0].count("\n")
    return found


def _bare(key: str) -> str:
    return key[1:-1] if key[:1] in ("'", '"') else key
