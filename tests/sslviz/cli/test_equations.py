"""The pictures of equations are of the equations that the methods have, and the command makes them so."""

from __future__ import annotations

import pytest

from sslviz.cli.equations import parts, stacked
from sslviz.cli.program import main
from sslviz.methods import method_infos
from sslviz.spec.equations import equation_file, files_of, read_typeset, sign_file, stamp


@pytest.mark.parametrize("info", method_infos(), ids=lambda info: info.name)
def test_every_equation_and_symbol_is_typeset_as_it_is_written_now(info):
    stale = [latex for name, latex in files_of((info,)).items() if not read_typeset(name, latex)]
    assert not stale, "run `sslviz equations` and commit resources/equations"


def test_the_command_replaces_what_is_stale_and_removes_what_belongs_to_nobody(tmp_path, capsys):
    info = method_infos()[0]
    kept, stale, gone = equation_file(info.name), sign_file(info.symbols[0].sign), "nobody.svg"
    (tmp_path / "signs").mkdir()
    (tmp_path / kept).write_text(f"{stamp(info.equation)}\nkept")
    (tmp_path / stale).write_text(f"{stamp('x')}\nof another text")
    (tmp_path / gone).write_text("of a method that is gone")
    assert main(["equations", "--out", str(tmp_path)]) == 0
    assert (tmp_path / kept).read_text().endswith("kept")
    assert b"<path" in read_typeset(stale, info.symbols[0].sign, tmp_path)
    assert not (tmp_path / gone).exists()
    assert "removed 1" in capsys.readouterr().out


def test_an_equation_is_parted_at_wide_spaces_outside_of_braces():
    assert parts(r"a = b, \quad c = {d \quad e} \qquad \left( f \quad g \right)") == [
        "a = b,", r"c = {d \quad e}", r"\left( f \quad g \right)",
    ]  # fmt: skip
    assert parts(r"\{ a \}") == [r"\{ a \}"]


def test_parts_that_are_wide_together_stand_below_each_other():
    one = '<svg viewBox="-1 -10 {} 14"><path d=""/></svg>'
    beside, below = (stacked([one.format(wide), one.format(wide)]) for wide in (100, 300))
    assert 'viewBox="0 0 240.00 14.00"' in beside
    assert 'viewBox="0 0 300.00 44.00"' in below
    assert below.count("<path") == 2


def test_a_picture_of_another_text_counts_as_missing(tmp_path):
    (tmp_path / "a.svg").write_text(f"{stamp('a + b')}\n<svg/>")
    assert read_typeset("a.svg", "a + b", tmp_path)
    assert read_typeset("a.svg", "a - b", tmp_path) == b""
    assert read_typeset("b.svg", "a + b", tmp_path) == b""
