"""The Evaluate panel alone, with a made-up report: `python -m app.panels.evaluate [light|dark] [scale]`."""

from __future__ import annotations

from app.bridge.example_run import RUN, example_events
from app.bridge.picture import RunPicture
from app.panels.evaluate.example import answer
from app.panels.evaluate.panel import EvaluatePanel
from app.widgets.alone import show_view
from sslviz.spec.evaluation import AskPrompts, EvaluateRun, FetchImages


def example() -> EvaluatePanel:
    """A panel whose requests are answered at once."""
    panel, picture = EvaluatePanel(), RunPicture(RUN)

    def reply(request: object) -> None:
        if isinstance(request, AskPrompts | EvaluateRun | FetchImages):
            panel.answered(answer(request))

    panel.requested.connect(reply)
    for event in example_events():
        picture.fold(event)
    panel.refresh(picture)
    return panel


def _ask(panel: EvaluatePanel) -> None:
    panel.choices.protocols["factors"].setChecked(True)
    panel.choices.asked.emit()
    panel.matrix.choose(1, 2)


def main() -> None:
    """Open the window until it is closed."""
    show_view(example, then=_ask)


if __name__ == "__main__":
    main()
