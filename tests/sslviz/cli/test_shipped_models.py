"""The models that ship, through the commands as they are installed: real weights, a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

PROGRAM = Path(sys.executable).with_name("sslviz")


def run(*words, cwd):
    """`sslviz WORDS...` as a shell runs it."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [str(PROGRAM), *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
        check=False,
        timeout=240,
    )


@pytest.mark.skipif(not PROGRAM.exists(), reason="the program is not installed here: run `make setup`")
def test_the_shipped_models_are_described_looked_at_and_let_paint(tmp_path):
    described = json.loads(run("describe", "dino-shapes", "--json", cwd=tmp_path).stdout)
    assert described["family"] == "DINO"
    assert len(described["sha256"]) == 64
    looked = run(
        "attention", "dino-shapes", "sample:shapes 1", "--size", "64", "--out", "maps.png", "--json", cwd=tmp_path
    )
    (seen,) = json.loads(looked.stdout)
    assert seen["sha256"] == described["sha256"]
    assert max(seen["jaccard"][0]) > 0.4  # a head that finds the object
    assert (tmp_path / "maps.png").stat().st_size > 10_000
    painted = run("reconstruct", "mae-shapes", "sample:shapes 1", "--out", "page.png", "--json", cwd=tmp_path)
    (rebuilt,) = json.loads(painted.stdout)
    errors = np.array(rebuilt["errors"], float)
    assert np.isfinite(errors).sum() == np.array(rebuilt["hidden"]).sum() == 48
    refused = run("describe", "dino-shaps", cwd=tmp_path)
    assert refused.returncode == 1
    assert "dino-shapes" in refused.stderr
    assert "Traceback" not in refused.stderr
