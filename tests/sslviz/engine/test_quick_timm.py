"""timm without the compiler: in processes of their own, as it is about what is loaded."""

from __future__ import annotations

import subprocess
import sys

USED = """
import sys, torch
from sslviz.engine import quick_timm
{before}
quick_timm.import_timm()
quick_timm.import_timm()
print("torch._dynamo" in sys.modules, hasattr(torch, "_dynamo") and torch._dynamo.__file__ is None)
import timm, torchvision
model = timm.create_model("naflexvit_base_patch16_gap", embed_dim=48, depth=1, num_heads=2)
print(tuple(model(torch.zeros(1, 3, 64, 64)).shape))
print(tuple(torchvision.ops.roi_align(torch.zeros(1, 3, 8, 8), torch.tensor([[0, 0, 0, 4.0, 4.0]]), 2).shape))
import torch._dynamo
print(torch._dynamo.utils.is_compile_supported("cpu") in (True, False), callable(torch.compiler.disable(print)))
"""


def say(before: str = "") -> list[str]:
    command = [sys.executable, "-W", "ignore", "-c", USED.format(before=before)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
    return done.stdout.splitlines()


def test_the_compiler_is_not_loaded_and_is_there_for_who_asks() -> None:
    assert say() == ["False False", "(1, 1000)", "(1, 3, 2, 2)", "True True"]


def test_where_the_short_way_fails_timm_is_loaded_all_the_same() -> None:
    loaded, *works = say("quick_timm.ITS_UTILITIES = 'torch._dynamo.another'")
    assert loaded == "True False", "the stand-in of this test should not have been enough"
    assert works == ["(1, 1000)", "(1, 3, 2, 2)", "True True"]
