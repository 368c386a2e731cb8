"""The Embeddings panel alone, with made-up answers: `python -m app.panels.embeddings [light|dark] [scale]`."""

from __future__ import annotations

from app.panels.embeddings.example import DESCRIPTION, MODEL, Question, answer
from app.panels.embeddings.panel import EmbeddingsPanel
from app.widgets.alone import show_view
from sslviz.spec.catalogue import shipped_catalogue
from sslviz.spec.config import RunConfig


def example() -> EmbeddingsPanel:
    """A panel whose requests are answered at once."""
    panel = EmbeddingsPanel()

    def reply(request: object) -> None:
        if isinstance(request, Question):
            panel.answered(answer(request))

    panel.requested.connect(reply)
    panel.configure(RunConfig(), shipped_catalogue())
    panel.look_at(MODEL, DESCRIPTION)
    return panel


def main() -> None:
    """Open the window until it is closed."""
    show_view(example, 1280, 780)


if __name__ == "__main__":
    main()
