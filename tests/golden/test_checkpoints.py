"""Published formats against what their own code computes, and hostile files against what must happen: one test each.

`--golden DIR` runs the same tests on DIR/checkpoints.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from torch import Tensor

from sslviz.checkpoints.base import Part
from sslviz.checkpoints.errors import CheckpointError
from sslviz.checkpoints.opening import load, read_part
from tests.golden.checkpoint_adapters import INPUTS, adapter_of, compare, computed, perturbed
from tests.golden.checkpoint_cases import CANARY, Fixture, Hostile, load_fixtures, load_hostile

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 5.0
"""Seconds that a hostile file may take: each has a few kilobytes."""
LARGEST = 100_000_000
"""Bytes of memory that it may take."""

MUST_SAY: dict[str, str] = {
    "Git LFS": r"Git LFS",
    "TorchScript": r"TorchScript",
    "both shapes": r"\d+( x |, )\d+.*\d+( x |, )\d+",
    "naming the missing key": r"missing|lacks|not there",
    "naming the tensor": r"'?[\w.]+\.(weight|bias)|token|embed",
    "quantised": r"quantised",
    "state dicts": r"state_dict|state dict",
    "not a vision network": r"[Nn]o (known|vision)|language|text|recurrent|LSTM|not a vision",
    "outside the folder": r"outside the folder|does not lie in it",
}
"""Where the manifest's words are found, what the error must say."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test a fixture of the manifest, and one a hostile file."""
    folder = Path(metafunc.config.getoption("golden")) / "checkpoints"
    if "fixture" in metafunc.fixturenames:
        fixtures = load_fixtures(folder)
        metafunc.parametrize("fixture", fixtures, ids=[fixture.name for fixture in fixtures])
    if "hostile" in metafunc.fixturenames:
        files = load_hostile(folder)
        metafunc.parametrize("hostile", files, ids=[file.name for file in files])


# --- fixtures ---------------------------------------------------------------------------------------------------------


class Outputs:
    """What we compute of each fixture, once for all tests of this file."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._known: dict[str, dict[str, Tensor]] = {}

    def of(self, fixture: Fixture) -> dict[str, Tensor]:
        if fixture.name not in self._known:
            self._known[fixture.name] = computed(fixture, self._scratch)
        return self._known[fixture.name]


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Outputs:
    return Outputs(tmp_path_factory.mktemp("recipes"))


def test_fixture(fixture: Fixture, outputs: Outputs) -> None:
    """Every expected tensor, within the manifest's tolerance."""
    reference = fixture.reference()
    ours = outputs.of(fixture)
    assert set(ours) == {name for name in reference if not INPUTS.match(name)}
    assert ours, f"{fixture.name} is compared with nothing"
    for name, got in ours.items():
        compare(fixture, name, got, reference[name])


def test_wrong_reference_is_noticed(fixture: Fixture, outputs: Outputs) -> None:
    """One number of each expected tensor in turn is made wrong: a check that lets it pass compares nothing."""
    reference = fixture.reference()
    for name, got in outputs.of(fixture).items():
        with pytest.raises(AssertionError, match="differs by"):
            compare(fixture, name, got, perturbed(fixture, name, reference[name]))


def test_every_described_tensor_is_there(fixture: Fixture) -> None:
    """The manifest's list and the file agree, so that no tensor is forgotten."""
    assert set(fixture.entry["tensors"]) == set(fixture.reference())


UNNOTICED = {
    "register_tokens": "without them it is the network without registers, which is published too",
    "storage_tokens": "as with registers",
    "attn.qkv.bias_mask": "what it hides is known: the biases of the keys",
    "prototypes.weight": "a projection without prototypes is saved too",
}
"""Ends of names that a file can be without, and why nobody can tell."""

MOST = 60
"""Tensors to leave out one by one, evenly spread over a file."""


def test_missing_tensor_is_refused(fixture: Fixture, tmp_path: Path) -> None:
    """Nothing is ever computed with leftovers: whatever is used cannot be missing."""
    whole = read_part(fixture.source(tmp_path))
    unused = set(load(whole).description.unused)
    used = [n for n in whole.tensors if n not in unused and not n.endswith(("num_batches_tracked", *UNNOTICED))]
    most = MOST // 10 if fixture.entry.get("is_recipe") else MOST
    for name in used[:: -(-len(used) // most)]:
        left = {other: tensor for other, tensor in whole.tensors.items() if other != name}
        assert refused(replace(whole, tensors=left)), f"{name} of {fixture.name} is missed by nobody"


def refused(part: Part) -> bool:
    """Whether no model is made of it. Its file is not hashed again."""
    try:
        load(replace(part, archive=replace(part.archive, files=())))
    except CheckpointError:
        return True
    return False


def test_unknown_tensor_fails(golden: Path) -> None:
    known = load_fixtures(golden / "checkpoints")[0]
    with pytest.raises(AssertionError, match="no adapter for saliency"):
        adapter_of(known, "saliency")


# --- hostile files ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcomes(golden: Path) -> Iterator[Mapping[str, Mapping[str, Any]]]:
    """What became of every hostile file, by path: all are opened in one process that has little memory."""
    CANARY.unlink(missing_ok=True)
    paths = [str(file.path) for file in load_hostile(golden / "checkpoints")]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.golden.open_all", *paths],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, (
        f"ended with {done.returncode} after {len(found)} of {len(paths)} files:\n{done.stderr}"
    )
    yield {one["path"]: one for one in found}
    CANARY.unlink(missing_ok=True)


def test_hostile(hostile: Hostile, outcomes: Mapping[str, Mapping[str, Any]]) -> None:
    said = outcomes[str(hostile.path)]
    assert said["kind"] in allowed(hostile), f"{said['kind']}, but expected: {hostile.expected}\n{said.get('message')}"
    assert said["seconds"] < LONGEST
    assert said["growth"] < LARGEST
    if said["kind"] == "refused":
        require_clear(hostile, said["message"], said["hint"])


def test_nothing_was_run(outcomes: Mapping[str, Mapping[str, Any]]) -> None:
    assert outcomes
    assert not CANARY.exists()


def allowed(hostile: Hostile) -> set[str]:
    """What may become of a file, from the words of the manifest. Words that are not known fail the test."""
    expected = hostile.expected
    if re.match(r"either refuse, or load", expected):
        return {"refused", "loaded"}
    assert expected.startswith("refuse"), f"what must happen is not known: {expected!r}"
    return {"refused"}


def require_clear(hostile: Hostile, message: str, hint: str) -> None:
    """A sentence with the cause, one with the remedy, and what the manifest wants to be said."""
    assert re.match(r"[A-Z0-9'`\w].*[.!]$", message, re.DOTALL), message
    assert re.match(r"[A-Z`].*\S$", hint, re.DOTALL), f"no remedy: {hint!r}"
    assert not re.search(r"Traceback|Error\b.*Error\b", message), message
    for words, pattern in MUST_SAY.items():
        if words in hostile.expected:
            assert re.search(pattern, f"{message} {hint}"), f"{words}: {message} {hint}"
    if "naming the tensor" in hostile.expected:
        named = re.findall(r"\w+(?:\.\w+)+", hostile.entry["what"])
        assert all(name in message for name in named), f"{named}: {message}"


def test_unknown_expectation_fails(golden: Path) -> None:
    known = load_hostile(golden / "checkpoints")[0]
    with pytest.raises(AssertionError, match="not known"):
        allowed(Hostile({**known.entry, "expected": "load it anyhow"}, known.folder))


def test_unclear_refusal_fails(golden: Path) -> None:
    pointer = next(file for file in load_hostile(golden / "checkpoints") if "Git LFS" in file.expected)
    with pytest.raises(AssertionError, match="Git LFS"):
        require_clear(pointer, "This is a text file.", "Choose another.")
    with pytest.raises(AssertionError, match="no remedy"):
        require_clear(pointer, "This is a Git LFS pointer.", "")
