"""Losses, metrics, schedules and optimisers against values that the papers' own code gave: one test a case.

`--golden DIR` runs the same tests on the cases of DIR/losses.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.golden.adapters import ADAPTERS, NOT_BUILT, Case, load_cases

DTYPES = {"f64": torch.float64, "f32": torch.float32}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a case of the families that exist, and one a family of the manifest."""
    families = load_cases(Path(metafunc.config.getoption("golden")) / "losses")
    if "case" in metafunc.fixturenames:
        cases = [case for name, family in families.items() if name in ADAPTERS for case in family]
        metafunc.parametrize("case", cases, ids=[f"{case.family}-{case.name}" for case in cases])
    if "family" in metafunc.fixturenames:
        metafunc.parametrize("family", list(families))


def check(case: Case, dtype: torch.dtype) -> None:
    """Raises AssertionError where our functions do not give what `case` expects, or where it is held to nothing."""
    checks = 0
    for one in ADAPTERS[case.family](case, dtype):
        one.run()
        checks += 1
    assert checks > 0, f"{case.family}/{case.name} is compared with nothing"


@pytest.mark.parametrize("precision", DTYPES)
def test_case(case: Case, precision: str) -> None:
    check(case, DTYPES[precision])


def test_family_is_known(family: str) -> None:
    assert (family in ADAPTERS) != (family in NOT_BUILT), f"no adapter for {family}, and it is not listed as not built"


def test_wrong_reference_is_noticed(case: Case) -> None:
    """Each expected tensor in turn is made wrong by a percent: a check that lets it pass compares nothing."""
    check(case, torch.float64)
    assert case.used
    for name in sorted(case.used):
        with pytest.raises(AssertionError):
            check(case.perturbed(name), torch.float64)


def test_unknown_schedule_fails(golden: Path) -> None:
    known = load_cases(golden / "losses")["schedules"][0]
    stranger = Case("schedules", {**known.entry, "case": "triangular_1"}, known.tensors)
    with pytest.raises(AssertionError, match="no adapter"):
        check(stranger, torch.float64)
