"""List the models that ship, print a model's card, or find every figure of a card again from the model's file.

`sslviz models verify` recomputes the cards' figures and says of each whether it lies within the stated interval; with --hashes it only
looks at the files: whether they are there, whole, small, and those that the cards describe.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from sslviz.cli.text_table import text_table
from sslviz.spec.card import Card, telling
from sslviz.spec.errors import SpecError
from sslviz.spec.quantities import size_text

if TYPE_CHECKING:
    from sslviz.library.shelf import Shelved

EXAMPLES = """examples:
  sslviz models
  sslviz models dino-shapes
  sslviz models verify --hashes
  sslviz models verify dino-shapes --seeds 1
  sslviz models verify byol-cifar10 --data cifar10.zip"""

VERIFY = "verify"
WIDTH = 110
"""Characters of a line of a card."""
_HEAD = ("NAME", "TITLE", "SIZE", "IN ONE NUMBER", "")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz models`."""
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"models, or {VERIFY} and models (all)")
    parser.add_argument("--hashes", action="store_true", help=f"{VERIFY}: look at the files only")
    parser.add_argument(
        "--data", default="", metavar="PATH", help=f"{VERIFY}: where a public data set lies, a folder or zip"
    )
    parser.add_argument("--photographs", default="", metavar="PATH", help=f"{VERIFY}: photographs to paste shapes on")
    parser.add_argument(
        "--seeds", type=int, default=0, metavar="N", help=f"{VERIFY}: seeds of the evaluation (the card's)"
    )
    parser.add_argument("--threads", type=int, default=0, metavar="N", help=f"{VERIFY}: 0: all cores (0)")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")


def run(arguments: argparse.Namespace) -> int:
    """List, print or verify."""
    if arguments.names[:1] == [VERIFY]:
        from sslviz.cli.models_verified import verified

        return verified(arguments.names[1:], arguments)
    _refuse_options_of_verify(arguments)
    from sslviz.library.shelf import shelf

    models = shelf(arguments.names)
    if arguments.json:
        print(json.dumps([_plain(model) for model in models], indent=2, ensure_ascii=False))
    elif arguments.names:
        print("\n\n".join(_card(model) for model in models))
    else:
        print(_listed(models))
    return 0


def _refuse_options_of_verify(arguments: argparse.Namespace) -> None:
    given = [name for name in ("hashes", "data", "photographs", "seeds") if getattr(arguments, name)]
    if given:
        raise SpecError(f"--{given[0]} belongs to `sslviz models {VERIFY}`.", f"Write {VERIFY} before the names.")


def _listed(models: tuple[Shelved, ...]) -> str:
    if not models:
        return "No models ship with this installation. `sslviz export` makes one of a run."
    rows = [
        (m.card.name, m.card.title, size_text(m.bytes), telling(m.card), f"collapsed: {m.card.collapsed}" if m.card.collapsed else "")
        for m in models
    ]  # fmt: skip
    total = size_text(sum(model.bytes for model in models))
    return f"{text_table(_HEAD, rows, frozenset({2}))}\n\n{len(models)} models, {total} together."


def _plain(model: Shelved) -> dict[str, Any]:
    return {
        **dataclasses.asdict(model.card),
        "folder": str(model.folder),
        "bytes": model.bytes,
        "telling": telling(model.card),
    }


def _card(model: Shelved) -> str:
    """The card as text."""
    card = model.card
    lines = [f"{card.title}  ({card.name})"]
    if card.collapsed:
        lines.append(f"Collapsed on purpose: {card.collapsed}.")
    lines.append("")
    lines += [fill(f"{name:<12}{text}", WIDTH, subsequent_indent=" " * 12) for name, text in _facts(model) if text]
    lines += ["", _figures(card), ""]
    if card.weaknesses:
        lines += ["known weaknesses:", *(_point(text) for text in card.weaknesses)]
    return "\n".join(lines).rstrip()


def _point(text: str) -> str:
    return fill(text, WIDTH, initial_indent="  - ", subsequent_indent="    ")


def _facts(model: Shelved) -> tuple[tuple[str, str], ...]:
    card = model.card
    size = " × ".join(map(str, card.image_size))
    return (
        ("model", f"{card.method}, {card.backbone}, {card.parameters:,} parameters, for {size} px"),
        ("training", f"{card.steps:,} steps, {card.minutes:g} minutes, seed {card.seed}; {card.machine}"),
        ("data", card.data),
        ("licence", card.licence),
        ("its images", card.data_licence),
        ("command", card.command),
        ("files", f"{size_text(model.bytes)} in {Path(model.folder).name}; weights sha256 {card.sha256[:16]}..."),
    )


def _figures(card: Card) -> str:
    """The figures, and below them how they were measured: few notes for many rows."""
    notes = list(dict.fromkeys(metric.note for metric in card.metrics if metric.note))
    rows = [
        (m.measure, m.model, f"{m.value:.3f}", f"{m.lo:.3f} to {m.hi:.3f}", f"({notes.index(m.note) + 1})" if m.note else "")
        for m in card.metrics
    ]  # fmt: skip
    below = (fill(f"({k}) {note}", WIDTH, subsequent_indent="    ") for k, note in enumerate(notes, start=1))
    return "\n".join([text_table(("MEASURE", "MODEL", "VALUE", "95 %", ""), rows, frozenset({2})), "", *below])
