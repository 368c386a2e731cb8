"""The gallery alone, with made-up models: `python -m app.panels.gallery [light|dark] [scale]`."""

from __future__ import annotations

from app.panels.gallery.example import lines
from app.panels.gallery.panel import GalleryPanel
from app.widgets.alone import show_view
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig
from sslviz.spec.events import Answered
from sslviz.spec.inspection import ListModels


def example() -> GalleryPanel:
    """A panel whose list is answered at once."""
    panel = GalleryPanel()

    def reply(request: object) -> None:
        if isinstance(request, ListModels):
            panel.answered(Answered("", 0, request.request_id, lines()))

    panel.requested.connect(reply)
    panel.configure(RunConfig(), shipped_catalogue())
    return panel


def main() -> None:
    """Open the window until it is closed."""
    show_view(example, 1180, 760)


if __name__ == "__main__":
    main()
