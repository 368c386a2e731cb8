"""What may be behind a warning: the setting that was changed last, or the switch that a run was started without."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sslviz.spec.events import Diagnosed, Flipped
from sslviz.spec.params import ParamInfo, Scalar
from sslviz.spec.quantities import said

NOT_OF_LEARNING = ("steps", "folder")
"""Changes that are recorded like any other and move no weight."""


def suspicion(
    diagnosis: Diagnosed,
    flips: Sequence[Flipped],
    begun: Mapping[str, Scalar],
    infos: Iterable[ParamInfo],
    *,
    live: bool,
) -> str:
    """What follows a warning: the change that may be behind it. "" where nothing stands out, and for what is no warning.

    flips: the run's, oldest first. begun, infos: the method's settings that the run began with, and what is known of each.
    live: the run still trains, so that something can be done about it. A switch is named before a number, the last change
    before earlier ones; what was changed back already is not named.
    """
    if diagnosis.level != "warning":
        return ""
    if (flip := _standing(diagnosis.step, flips)) is not None:
        remedy = " Change it back and see whether the run recovers." if live else ""
        return f"Changed before this: {flip_text(flip)} at step {flip.step:,}.{remedy}"
    if off := _begun_without(begun, infos):
        remedy = f" Switch {'them' if len(off) > 1 else 'it'} on and see whether it recovers." if live else ""
        return f"The run began with {' and '.join(off)} off.{remedy}"
    return ""


def _begun_without(begun: Mapping[str, Scalar], infos: Iterable[ParamInfo]) -> list[str]:
    switches = [info.name for info in infos if info.kind == "bool" and info.default is True]
    return [name.replace("_", " ") for name in switches if begun.get(name) is False]


def flip_text(flip: Flipped) -> str:
    """ "negatives → off", as the marks on the plots say it."""
    return f"{flip.name.rpartition('.')[2].replace('_', ' ')} → {said(flip.after)}"


def _standing(step: int, flips: Sequence[Flipped]) -> Flipped | None:
    first: dict[str, Scalar] = {}
    last: dict[str, Flipped] = {}
    for flip in flips:
        if flip.step <= step and flip.name not in NOT_OF_LEARNING:
            first.setdefault(flip.name, flip.before)
            last[flip.name] = flip
    standing = [flip for name, flip in last.items() if flip.after != first[name]]
    return max(standing, key=lambda flip: (isinstance(flip.after, bool), flip.step), default=None)
