"""The text of a lesson's file taken apart: a TOML header between two lines of `+++`, Markdown sections, and the lines they stand in.

Every refusal is a SpecError that begins with the file and the line.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn, get_args

import msgspec

from sslviz.spec.errors import SpecError
from sslviz.spec.lesson import SECTIONS, Arm, Expectation, Lesson, Measure, Option, Place, Prediction, Source, Trace
from sslviz.spec.settings import suggestion
from sslviz.spec.toml_lines import joined, line_of, lines_of

FENCE = "+++"
_GIVEN = ("name", "sections")
"""Fields of a lesson that no key of the header says."""
_TABLES: Mapping[str, type] = {
    "": Lesson, "arms": Arm, "measures": Measure, "traces": Trace, "prediction": Prediction, "prediction.options": Option,
    "expectations": Expectation, "sources": Source,
}  # fmt: skip
"""What the tables of a header hold, by their path."""
_TYPES = {
    "str": "text", "int": "a whole number", "float": "a number", "bool": "true or false", "array": "a list", "object": "a table",
    "int | float | bool | str": "one value", "null": "nothing",
}  # fmt: skip
_ORDER = "The headings are, in this order: " + ", ".join(f"# {heading}" for heading in SECTIONS) + "."


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not fit. path: of the key, "arms[1].settings.tau", or "section.Why"."""

    path: str
    message: str
    hint: str


@dataclasses.dataclass(frozen=True, slots=True)
class LessonText:
    """A lesson as its file has it: of the right types, not yet checked against what there is."""

    file: str
    lesson: Lesson
    lines: Mapping[str, int]  # by path of the key or section

    def refuse(self, problem: Problem) -> NoReturn:
        """Raise the problem as SpecError with its line."""
        _refuse(self.file, problem, self.lines)


def parsed(path: Path) -> LessonText:
    """The lesson in the file `path`, by types. Raises SpecError."""
    header, body, body_line = _parts(path.name, _text(path))
    plain = _table(path.name, header)
    sections, section_lines = _sections(path.name, body, body_line)
    lines = {key: line + 1 for key, line in lines_of(header).items()} | section_lines
    for problem in _unknown(plain):
        _refuse(path.name, problem, lines)
    return LessonText(path.name, _built(path, plain, sections, lines), lines)


def _refuse(file: str, problem: Problem, lines: Mapping[str, int]) -> NoReturn:
    raise SpecError(f"{file}, line {line_of(problem.path, lines)}: {problem.message}", problem.hint)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8").replace("\r\n", "\n")
    except OSError as error:
        raise SpecError(
            f"{path.name} cannot be read: {error.strerror}.", "Give the path of a lesson's file."
        ) from error
    except UnicodeDecodeError as error:
        raise SpecError(f"{path.name} is not text in UTF-8.", "Save it as UTF-8.") from error


def _parts(file: str, text: str) -> tuple[str, str, int]:
    """Header, body, and the line that the body begins with."""
    rows = text.split("\n")
    fences = [k for k, row in enumerate(rows) if row.rstrip() == FENCE][:2]
    if len(fences) < 2 or fences[0] != 0:
        raise SpecError(f"{file}, line 1: it has no header.", f"Begin with a line {FENCE}, TOML, and another {FENCE}.")
    return "\n".join(rows[1 : fences[1]]), "\n".join(rows[fences[1] + 1 :]), fences[1] + 2


def _table(file: str, header: str) -> dict[str, Any]:
    try:
        plain = tomllib.loads(header)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at (?:line (\d+), column \d+|(end of document))\)", str(error))
        line = int(found[1]) if found and found[1] else header.count("\n") + 1
        why = str(error).split(" (at ")[0]
        raise SpecError(f"{file}, line {line + 1}: {why}.", "Write the header in TOML.") from error
    for holder in (plain, *(arm for arm in _items(plain.get("arms")))):
        if isinstance(holder.get("settings"), dict):
            holder["settings"] = dict(_flat(holder["settings"]))
    return plain


def _items(found: object) -> list[dict[str, Any]]:
    """The tables of a value, whatever it is."""
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _flat(table: Mapping[str, Any], room: str = "") -> Iterator[tuple[str, Any]]:
    """Settings by their full names, where TOML made tables of the dots in them."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, joined(room, key))
        else:
            yield joined(room, key), value


def _sections(file: str, body: str, first_line: int) -> tuple[dict[str, str], dict[str, int]]:
    """Text by heading, and the lines of the headings as "section.HEADING"; a `#` within a block of code is none."""
    found: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    rows, is_code, heading = body.split("\n"), False, ""
    for line, row in enumerate(rows, first_line):
        is_code ^= row.lstrip().startswith("```")
        if row.startswith("# ") and not is_code:
            heading = _heading(file, row, line, len(found))
            found[heading], lines[f"section.{heading}"] = [], line
        elif heading:
            found[heading].append(row)
        elif row.strip():
            raise SpecError(f"{file}, line {line}: text before the first heading.", f"Begin with # {SECTIONS[0]}.")
    if len(found) < len(SECTIONS):
        last = first_line + len(rows) - 1
        raise SpecError(f"{file}, line {last}: there is no section {SECTIONS[len(found)]!r}.", _ORDER)
    return {heading: "\n".join(rows).strip() for heading, rows in found.items()}, lines


def _heading(file: str, row: str, line: int, place: int) -> str:
    heading = row[2:].strip()
    if place >= len(SECTIONS) or heading != SECTIONS[place]:
        expected = f"{SECTIONS[place]!r} is due here" if place < len(SECTIONS) else "nothing more is due"
        raise SpecError(f"{file}, line {line}: the heading {heading!r}, but {expected}.", _ORDER)
    return heading


def _unknown(plain: Mapping[str, Any], path: str = "", shape: str = "") -> Iterator[Problem]:
    """Keys that nothing knows."""
    names = [field.name for field in dataclasses.fields(_TABLES[shape]) if shape or field.name not in _GIVEN]
    for key, value in plain.items():
        if key not in names:
            yield Problem(joined(path, key), f"There is no key {key!r} here.", suggestion(key, names))
        elif (inner := joined(shape, key)) in _TABLES:
            tables = (
                [(f"{joined(path, key)}[{k}]", item) for k, item in enumerate(value)] if isinstance(value, list) else []
            )
            tables = tables or [(joined(path, key), value)]
            for place, item in tables:
                if isinstance(item, dict):
                    yield from _unknown(item, place, inner)


def _built(path: Path, plain: Mapping[str, Any], sections: Mapping[str, str], lines: Mapping[str, int]) -> Lesson:
    try:
        return msgspec.convert({**plain, "name": path.stem, "sections": sections}, Lesson)
    except msgspec.ValidationError as error:
        message, _, place = str(error).partition(" - at `$")
        place = place.rstrip("`").lstrip(".").replace("[...]", "")
        _refuse(path.name, _misfit(message, place), lines)


def _misfit(message: str, path: str) -> Problem:
    """What msgspec says, in our words."""
    key = path.rpartition(".")[2]
    if found := re.fullmatch(r"Object missing required field `(\w+)`", message):
        where = f" in {path}" if path else ""
        return Problem(path, f"There is no {found[1]!r}{where}.", f"Add {found[1]} = ...")
    if found := re.fullmatch(r"Expected `(.+)`, got `(.+)`", message):
        wanted, got = (_TYPES.get(name, name) for name in found.groups())
        return Problem(path, f"{key} is {got}.", f"It takes {wanted}.")
    if found := re.fullmatch(r"Invalid enum value '(.*)'", message):
        return Problem(path, f"{key} cannot be {found[1]!r}.", f"It takes {', '.join(get_args(Place))}.")
    return Problem(path, f"{key}: {message[:1].lower()}{message[1:]}.", "Write what the other lessons have there.")
