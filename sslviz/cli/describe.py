"""Say what a model is: its family and network, what was read from the file, what had to be assumed, and what nothing is computed with.

SOURCE is a checkpoint file of any name, a folder (Hugging Face's or a run of our own), the name of a shipped model, `timm:NAME` or
`hf:NAME`. Nothing in the file is run. An assumption that is wrong is corrected by its option, such as --heads.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import textwrap
from typing import TYPE_CHECKING, Any

from sslviz.cli.model import add_model_arguments, open_named
from sslviz.spec.quantities import size_text

if TYPE_CHECKING:
    from sslviz.spec.description import Assumption, Description

EXAMPLES = """examples:
  sslviz describe dino_deitsmall16_pretrain.pth
  sslviz describe moco.pth.tar --network encoder_k --json
  sslviz describe dino-shapes
  sslviz describe odd.bin --heads 12"""

SHOWN = 12
"""Unused tensors that are named; --json has them all."""
_WIDTH = 110


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz describe`."""
    add_model_arguments(parser)
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Open and describe."""
    description = open_named(arguments).describe()
    print(json.dumps(as_plain(description), indent=2, ensure_ascii=False) if arguments.json else as_text(description))
    return 0


def as_plain(description: Description) -> dict[str, Any]:
    """Everything that `sslviz describe --json` prints."""
    return dataclasses.asdict(description)


def as_text(description: Description) -> str:
    """The same as lines, for people."""
    facts = [(name, value) for name, value in _facts(description) if value]
    width = max(len(name) for name, _ in facts)
    lines = [description.title, ""]
    for name, value in facts:
        lines += textwrap.wrap(value, _WIDTH, initial_indent=f"{name:<{width}}  ", subsequent_indent=" " * (width + 2))
    for title, entries in _lists(description):
        lines += ["", f"{title}:"] if entries else []
        for entry in entries:
            lines += textwrap.wrap(entry, _WIDTH, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def _facts(d: Description) -> list[tuple[str, str]]:
    others = [name for name in d.networks if name != d.network]
    also = f" (the file also holds {', '.join(others)})" if others else ""
    vit = d.kind == "vit"
    return [
        ("file", f"{d.source}: {d.format}, {size_text(d.bytes)}, {d.precision}" if d.bytes else d.source),
        ("sha256", d.sha256),
        ("family", d.family),
        ("network", d.network + also if d.network else ""),
        ("backbone", f"{d.backbone}, {d.parameters:,} parameters"),
        ("shape", _shape(d)),
        ("tokens", _tokens(d) if vit else ""),
        ("positions", d.positions if vit else ""),
        ("input", f"{_size(d.image_size)}, {_channels(d.channels)}, mean {_numbers(d.mean)}, std {_numbers(d.std)}"),
        ("can do", ", ".join(d.abilities)),
        ("matched", f"{d.matched:.4g} % of the network's parameters are computed with"),
    ]


def _shape(d: Description) -> str:
    if d.kind == "vit":
        return f"{d.depth} blocks of width {d.width}, {_heads(d)}, patches of {_size(d.patch)}"
    return f"{d.depth} stages, features of width {d.width}"


def _heads(d: Description) -> str:
    return f"{d.heads} head{'s' if d.heads != 1 else ''} of {d.width // max(d.heads, 1)}"


def _tokens(d: Description) -> str:
    registers = f"{d.registers} registers" if d.registers != 1 else "1 register"
    return ", ".join([*(["class token"] if d.class_token else []), *([registers] if d.registers else []), "patches"])


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]} px" if any(size) else "any size"


def _channels(count: int) -> str:
    return {1: "grey", 3: "RGB"}.get(count, f"{count} channels")


def _numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.4g}" for value in values)


def _lists(d: Description) -> list[tuple[str, list[str]]]:
    unused = [*d.unused[:SHOWN], *([f"and {len(d.unused) - SHOWN} more"] if len(d.unused) > SHOWN else [])]
    return [
        ("read from the file", list(d.inferred)),
        ("assumed, for no tensor tells", [_assumption(a) for a in d.assumed]),
        (f"unused tensors ({len(d.unused)})", unused),
        ("notes", list(d.notes)),
    ]


def _assumption(assumption: Assumption) -> str:
    """ "heads 6: 64 numbers a head, as in every DINO; 3 and 12 would fit too (--heads)"."""
    label = f"{assumption.name.replace('_', ' ')} {assumption.value}".strip()
    said = assumption.why.rstrip(".")
    words = said if said.startswith(assumption.value) else f"{label}: {said}"
    others = [choice for choice in assumption.choices if choice != assumption.value]
    also = f"; {', '.join(others)} would fit too" if others else ""
    return words + also + (f" (--{assumption.name.replace('_', '-')})" if assumption.name else "")
