"""The Attention panel alone, with made-up answers: `python -m app.panels.attention [light|dark] [scale]`."""

from __future__ import annotations

from app.panels.attention.example import DESCRIPTION, MODEL, answer
from app.panels.attention.panel import AttentionPanel
from app.widgets.alone import show_view
from sslviz.spec.description import Description
from sslviz.spec.inspection import Attend, ListModels, MeasureMemory


def example(description: Description = DESCRIPTION) -> AttentionPanel:
    """A panel whose requests are answered at once."""
    panel = AttentionPanel()

    def reply(request: object) -> None:
        if isinstance(request, Attend | MeasureMemory | ListModels):
            panel.answered(answer(request, description))

    panel.requested.connect(reply)
    panel.model_chosen.connect(lambda model: panel.look_at(model, description))
    panel.look_at(MODEL, description)
    return panel


def main() -> None:
    """Open the window until it is closed."""
    show_view(example, 1180, 760)


if __name__ == "__main__":
    main()
