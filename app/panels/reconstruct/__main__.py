"""The Reconstruct panel alone, with a recorded answer: `python -m app.panels.reconstruct [light|dark] [scale]`."""

from __future__ import annotations

from app.panels.reconstruct.example import answer
from app.panels.reconstruct.panel import ReconstructPanel
from app.widgets.alone import show_view
from sslviz.spec.inspection import Rebuild


def example() -> ReconstructPanel:
    """A panel whose requests are answered at once."""
    panel = ReconstructPanel()

    def reply(request: object) -> None:
        if isinstance(request, Rebuild):
            panel.answered(answer(request))

    panel.requested.connect(reply)
    return panel


def main() -> None:
    """Open the window until it is closed."""
    show_view(example, 1440, 760)


if __name__ == "__main__":
    main()
