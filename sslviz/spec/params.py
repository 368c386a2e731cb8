"""Hyper-parameters that describe themselves.

A method's `Params`, a data set's dials and an augmentation's view are frozen dataclasses whose fields are
made by `param`, `switch` and `choice`. The same metadata makes the window's form, the command line's
`--set`, the help and the model card: it is written once, here.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from sslviz.spec.errors import SpecError

T = TypeVar("T")
Scalar = bool | int | float | str
Kind = Literal["float", "int", "bool", "choice", "text"]
Scale = Literal["linear", "log"]


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """What a form, a flag or a help page needs to know of one parameter.

    `live` parameters may be changed while a run trains; the others need a new run.
    """

    name: str
    kind: Kind
    default: Scalar
    label: str
    lo: float = -math.inf
    hi: float = math.inf
    scale: Scale = "linear"
    choices: tuple[str, ...] = ()
    symbol: str = ""
    unit: str = ""
    paper: str = ""
    up: str = ""  # what raising it (or switching it on) does
    down: str = ""  # what lowering it (or switching it off) does
    live: bool = True


def param(
    default: float,
    *,
    lo: float,
    hi: float,
    scale: Scale = "linear",
    label: str = "",
    symbol: str = "",
    unit: str = "",
    paper: str = "",
    up: str = "",
    down: str = "",
    live: bool = True,
) -> Any:
    """A number in [lo, hi]; an `int` default makes a whole number, a `float` default a real one."""
    kind: Kind = "int" if isinstance(default, int) else "float"
    return _field(default, kind=kind, lo=lo, hi=hi, scale=scale, label=label, symbol=symbol, unit=unit,
                  paper=paper, up=up, down=down, live=live)  # fmt: skip


def switch(default: bool, *, label: str = "", on: str = "", off: str = "", paper: str = "", live: bool = True) -> Any:
    """An ablation switch; `on` and `off` say what each position does."""
    return _field(default, kind="bool", label=label, up=on, down=off, paper=paper, live=live)


def choice(
    default: str, choices: tuple[str, ...], *, label: str = "", about: str = "", paper: str = "", live: bool = False
) -> Any:
    """One of a few names."""
    return _field(default, kind="choice", choices=choices, label=label, up=about, paper=paper, live=live)


def text(default: str, *, label: str = "", about: str = "") -> Any:
    """Free text, such as a path or a name from a registry."""
    return _field(default, kind="text", label=label, up=about, live=False)


def _field(default: Scalar, **info: Any) -> Any:
    return field(default=default, metadata={"param": info})


def describe(cls: type) -> tuple[ParamInfo, ...]:
    """The parameters of a dataclass in their order; fields made by other means are left out."""
    return tuple(
        ParamInfo(**{"name": f.name, "default": f.default, **f.metadata["param"],
                     "label": f.metadata["param"]["label"] or f.name.replace("_", " ")})
        for f in dataclasses.fields(cls)
        if "param" in f.metadata
    )  # fmt: skip


def check(info: ParamInfo, value: object) -> Scalar:
    """`value` as the type that `info` asks for; raises SpecError where it does not fit."""
    if info.kind == "bool" and isinstance(value, bool):
        return value
    if info.kind == "text" and isinstance(value, str):
        return value
    if info.kind == "choice" and value in info.choices:
        return str(value)
    if info.kind in ("int", "float") and isinstance(value, int | float) and not isinstance(value, bool):
        return _number(info, value)
    raise SpecError(f"{info.name} = {value!r} does not fit.", f"It takes {expects(info)}.", field=info.name)


def _number(info: ParamInfo, value: float) -> Scalar:
    whole = info.kind == "int"
    if (whole and value != int(value)) if math.isfinite(value) else True:
        raise SpecError(f"{info.name} = {value} does not fit.", f"It takes {expects(info)}.", field=info.name)
    if not info.lo <= value <= info.hi:
        raise SpecError(
            f"{info.name} = {_written(info, value)} is out of range.", f"It takes {expects(info)}.", field=info.name
        )
    return int(value) if whole else float(value)


def expects(info: ParamInfo) -> str:
    """What a parameter takes, in words."""
    match info.kind:
        case "bool":
            return "true or false"
        case "choice":
            return "one of " + ", ".join(info.choices)
        case "text":
            return "text"
        case kind:
            noun = "a whole number" if kind == "int" else "a number"
            return f"{noun} from {_written(info, info.lo)} to {_written(info, info.hi)}"


def _written(info: ParamInfo, value: float) -> str:
    """Whole numbers with all their digits, as they are typed."""
    return str(int(value)) if info.kind == "int" and math.isfinite(value) else f"{value:g}"


def parse(info: ParamInfo, raw: str) -> Scalar:
    """A value typed by the user, such as the right side of `tau=0.2`; raises SpecError."""
    word = raw.strip()
    if info.kind == "bool":
        truth = {
            "true": True,
            "on": True,
            "yes": True,
            "1": True,
            "false": False,
            "off": False,
            "no": False,
            "0": False,
        }
        return check(info, truth.get(word.lower(), word))
    if info.kind in ("int", "float"):
        try:
            return check(info, float(word))
        except ValueError:
            raise SpecError(
                f"{info.name} = {word!r} is not a number.", f"It takes {expects(info)}.", field=info.name
            ) from None
    return check(info, word)


def build(cls: type[T], values: Mapping[str, object]) -> T:
    """An instance of a parameter dataclass from checked values; unknown names and misfits raise SpecError."""
    infos = {info.name: info for info in describe(cls)}
    unknown = sorted(set(values) - set(infos))
    if unknown:
        raise SpecError(f"There is no parameter called {', '.join(unknown)}.", f"There are: {', '.join(infos)}.")
    return cls(**{name: check(infos[name], value) for name, value in values.items()})
