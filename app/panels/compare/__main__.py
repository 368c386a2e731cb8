"""The Compare panel alone, with made-up records: `python -m app.panels.compare [light|dark] [scale]`."""

from __future__ import annotations

from app.panels.compare.example import RUNS, answer
from app.panels.compare.panel import ComparePanel
from app.widgets.alone import show_view
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
    show_view(example, then=lambda panel: panel.compare(RUNS))


if __name__ == "__main__":
    main()
