"""pyqtgraph comes without NVIDIA's bindings, and they can be imported afterwards."""

from __future__ import annotations

import subprocess
import sys

CODE = """
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec

class Bindings:  # stand for an installed package of that name
    tried = []
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "cuda":
            self.tried.append(name)
            return ModuleSpec(name, self, is_package=True)
    def create_module(self, spec):
        return None
    def exec_module(self, module):
        module.runtime = object()

sys.meta_path.insert(0, Bindings())
from app.shell.plot_library import load_plots
load_plots()
assert "pyqtgraph" in sys.modules
assert Bindings.tried == []
import cuda.bindings
assert Bindings.tried == ["cuda", "cuda.bindings"]
load_plots()
assert "cuda" in sys.modules
"""


def test_the_bindings_are_left_out_and_can_be_had_later() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
