"""`sslviz models verify`: files against cards, and figures found again."""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sslviz.cli.data import progress_line
from sslviz.cli.text_table import text_table

if TYPE_CHECKING:
    from sslviz.library.verify import Finding

_HEAD = ("MEASURE", "MODEL", "CARD", "95 %", "FOUND", "")


def verified(names: Sequence[str], arguments: argparse.Namespace) -> int:
    """Print what was found; 0 where every file and every figure that could be checked is as the cards say."""
    from sslviz.library.shelf import folders

    models = folders(names)
    wrong = _files(models, whole=not names)
    report: dict[str, Any] = {"problems": list(wrong)}
    if not arguments.hashes and not wrong:
        findings = _figures(models, arguments)
        report["figures"] = {name: [_plain(one) for one in found] for name, found in findings.items()}
        wrong = [sentence for name, found in findings.items() for sentence in _wrong(name, found)]
    if arguments.json:
        print(json.dumps({**report, "holds": not wrong}, indent=2, ensure_ascii=False))
    elif not wrong:
        print(_all_well(report, len(models)))
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


def _files(models: Sequence[Path], *, whole: bool) -> list[str]:
    """Problems of the files, one sentence each. whole: these are all that ship, whose size together has a limit."""
    from sslviz.library.shelf import problems_of, too_large

    wrong = [f"{folder.name}: {problem}" for folder in models for problem in problems_of(folder)]
    return [*wrong, *filter(None, [too_large(models) if whole else ""])]


def _figures(models: Sequence[Path], arguments: argparse.Namespace) -> dict[str, tuple[Finding, ...]]:
    from sslviz.engine.environment import prepare_environment, use_threads

    prepare_environment(arguments.threads)
    use_threads(arguments.threads)
    from sslviz.library.verify import Given, verify

    given = Given(arguments.data, arguments.photographs, arguments.seeds)
    tell, found = progress_line(quiet=arguments.json), {}
    for folder in models:
        found[folder.name] = verify(folder, given, tell)
        if not arguments.json:
            print(_as_text(folder.name, found[folder.name]), end="\n\n", flush=True)
    return found


def _as_text(name: str, findings: Sequence[Finding]) -> str:
    rows = [
        (f.metric.measure, f.metric.model, f"{f.metric.value:.3f}", f"{f.metric.lo:.3f} to {f.metric.hi:.3f}",
         "" if f.found is None else f"{f.found:.3f}", _verdict(f))
        for f in findings
    ]  # fmt: skip
    reasons = dict.fromkeys(f.why for f in findings if f.holds is None)
    return "\n".join([name, text_table(_HEAD, rows, frozenset({2, 4})), *(f"not checked: {why}" for why in reasons)])


def _verdict(finding: Finding) -> str:
    return {True: "holds", False: "DOES NOT HOLD", None: "not checked"}[finding.holds]


def _wrong(name: str, findings: Sequence[Finding]) -> list[str]:
    return [
        f"{name}: {f.metric.measure} of {f.metric.model} is {f.found:.4f}, outside of the card's {f.metric.lo:.4f} to {f.metric.hi:.4f}."
        for f in findings
        if f.holds is False
    ]


def _plain(finding: Finding) -> dict[str, Any]:
    return {**dataclasses.asdict(finding.metric), "found": finding.found, "holds": finding.holds, "why": finding.why}


def _all_well(report: dict[str, Any], count: int) -> str:
    models = f"{count} models" if count != 1 else "1 model"
    if "figures" not in report:
        return f"The files of {models} are those that their cards describe."
    figures = [figure for found in report["figures"].values() for figure in found]
    checked = sum(figure["holds"] is True for figure in figures)
    if not checked:
        return "No figure could be checked."
    rest = f"; {len(figures) - checked} could not be checked" if checked < len(figures) else ""
    return f"{checked} figures of {models} lie within their intervals{rest}."
