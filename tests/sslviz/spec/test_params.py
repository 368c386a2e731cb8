"""Parameters describe themselves, and refuse what does not fit with a sentence that says what does."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sslviz.spec.errors import SpecError
from sslviz.spec.params import ParamInfo, build, check, choice, describe, param, parse, switch, text


@dataclass(frozen=True, slots=True)
class Example:
    tau: float = param(0.2, lo=0.01, hi=2.0, scale="log", symbol="τ")
    width: int = param(128, lo=1, hi=4096, live=False)
    negatives: bool = switch(True, off="nothing pushes apart")
    mode: str = choice("a", ("a", "b"))
    source: str = text("shapes")


INFOS = {info.name: info for info in describe(Example)}


def test_metadata_is_in_field_order_with_labels():
    assert list(INFOS) == ["tau", "width", "negatives", "mode", "source"]
    assert INFOS["tau"].scale == "log"
    assert INFOS["width"].kind == "int"
    assert INFOS["negatives"].down == "nothing pushes apart"


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("tau", "0.5", 0.5),
        ("width", "64", 64),
        ("width", "64.0", 64),
        ("negatives", "off", False),
        ("negatives", "TRUE", True),
        ("mode", "b", "b"),
        ("source", " a b ", "a b"),
    ],
)
def test_typed_values(name, raw, value):
    parsed = parse(INFOS[name], raw)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("tau", "3"),
        ("tau", "nan"),
        ("tau", "inf"),
        ("tau", "x"),
        ("width", "1.5"),
        ("width", "0"),
        ("negatives", "perhaps"),
        ("mode", "c"),
    ],
)
def test_misfits_name_the_parameter_and_what_it_takes(name, raw):
    with pytest.raises(SpecError, match=name) as caught:
        parse(INFOS[name], raw)
    assert caught.value.hint.startswith("It takes ")


def test_a_bool_is_not_a_number_nor_the_reverse():
    with pytest.raises(SpecError):
        check(INFOS["tau"], True)
    with pytest.raises(SpecError):
        check(INFOS["negatives"], 1)


def test_build_checks_every_value_and_lists_what_there_is():
    assert build(Example, {"tau": 1, "negatives": False}) == Example(tau=1.0, negatives=False)
    with pytest.raises(SpecError, match="temperature") as caught:
        build(Example, {"temperature": 0.1})
    assert "tau" in caught.value.hint


@given(st.floats(allow_nan=True, allow_infinity=True) | st.integers())
def test_a_checked_number_is_always_in_range(value):
    info = ParamInfo("x", "float", 0.5, "x", lo=0.0, hi=1.0)
    try:
        checked = check(info, value)
    except SpecError:
        assert not 0 <= value <= 1
    else:
        assert 0 <= checked <= 1
