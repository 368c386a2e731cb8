"""What is refused before anything is drawn, and that what can be drawn passes."""

import argparse
from pathlib import Path

import pytest

from sslviz.cli.drawing import DRAWN, add_looks, require_dpi, require_drawn, require_purpose, require_share
from sslviz.spec.errors import SpecError


def test_looks_are_those_of_a_page_unless_said_otherwise():
    parser = argparse.ArgumentParser()
    add_looks(parser, dpi=100)
    assert vars(parser.parse_args([])) == {"dpi": 100, "theme": "light"}
    assert vars(parser.parse_args(["--dpi", "300", "--theme", "dark"])) == {"dpi": 300, "theme": "dark"}


@pytest.mark.parametrize(("dpi", "most"), [(19, 1200), (1201, 1200), (601, 600)])
def test_dots_that_no_figure_can_have(dpi, most):
    with pytest.raises(SpecError, match="out of range") as refused:
        require_dpi(dpi, most)
    assert f"20 to {most}" in refused.value.hint


@pytest.mark.parametrize("ratio", [0.0, 1.0, -0.2, float("nan")])
def test_shares_that_are_none(ratio):
    with pytest.raises(SpecError, match="no share"):
        require_share(ratio)


def test_what_can_be_drawn_passes():
    for dpi in (20, 1200):
        require_dpi(dpi)
    require_share(0.5)
    for ending in DRAWN:
        require_drawn(Path(f"a{ending.upper()}"))
    require_purpose(argparse.Namespace(out="", json=True))
    require_purpose(argparse.Namespace(out="a.png", json=False))


def test_a_purpose_and_a_kind_of_file_are_asked_for():
    with pytest.raises(SpecError, match="Nothing was asked for"):
        require_purpose(argparse.Namespace(out=None, json=False))
    with pytest.raises(SpecError, match=r"a\.jpg is of no kind"):
        require_drawn(Path("b/a.jpg"))
