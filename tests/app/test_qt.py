"""The Qt binding itself: versions that drop a reference to True or None with every signal end the process."""

from __future__ import annotations

import subprocess
import sys

SIGNALS = 20_000
CODE = f"""
from PySide6.QtCore import QCoreApplication, QObject, Signal

class Sender(QObject):
    said = Signal(object)
    told = Signal(bool)
    silent = Signal()

app = QCoreApplication([])
sender, heard = Sender(), []
sender.said.connect(heard.append)
sender.told.connect(heard.append)
sender.silent.connect(lambda: heard.append(None))
for k in range({SIGNALS} // 4):
    sender.said.emit(True)
    sender.said.emit(None)
    sender.told.emit(True)
    sender.silent.emit()
assert heard == [True, None, True, None] * ({SIGNALS} // 4)
print(len(heard))
"""


def test_the_binding_survives_many_signals() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(SIGNALS)
