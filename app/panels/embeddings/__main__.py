"""The Embeddings panel alone, with made-up answers: `python -m app.panels.embeddings [light|dark] [scale]`."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication

from app.panels.embeddings.example import DESCRIPTION, MODEL, Question, answer
from app.panels.embeddings.panel import EmbeddingsPanel
from app.widgets.alone import theme_from
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
    app = QApplication(sys.argv)
    panel = example()
    panel.set_theme(theme_from(sys.argv[1:]))
    panel.setAutoFillBackground(True)
    panel.resize(1280, 780)
    panel.show()
    app.exec()


if __name__ == "__main__":
    main()
