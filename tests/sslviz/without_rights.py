"""A process that file permissions hold for, even where the tests run as root."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVE_UP = """
import ctypes, os, sys
for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH: what lets root pass over permissions
    ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def python_without_rights(*words: object) -> subprocess.CompletedProcess[str]:
    """`python WORDS...` of a user who may not pass over permissions; skips where there is no way."""
    if sys.platform != "linux":
        pytest.skip("giving up root's rights is Linux's own")
    command = [sys.executable, "-c", GIVE_UP, *map(str, words)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
