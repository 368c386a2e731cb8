"""The Compare panel alone, with made-up records: `python -m app.panels.compare [light|dark] [scale]`."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication

from app.panels.compare.example import RUNS, answer
from app.panels.compare.panel import ComparePanel
from app.widgets.alone import theme_from
from sslviz.spec.events import Answered, Refused


def example() -> ComparePanel:
    """A panel whose requests are answered at once."""
    panel = ComparePanel()

    def reply(request: object) -> None:
        found = answer(request)
        if isinstance(found, Answered | Refused):
            panel.answered(found)

    panel.requested.connect(reply)
    return panel


def main() -> None:
    """Open the window until it is closed."""
    app = QApplication(sys.argv)
    panel = example()
    panel.set_theme(theme_from(sys.argv[1:]))
    panel.setAutoFillBackground(True)
    panel.resize(1280, 760)
    panel.show()
    panel.compare(RUNS)
    app.exec()


if __name__ == "__main__":
    main()
