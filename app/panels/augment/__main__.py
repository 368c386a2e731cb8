"""The Augment panel alone, with made-up pictures: `python -m app.panels.augment [light|dark] [scale]`."""

from __future__ import annotations

from app.panels.augment.example import answer, example_catalogue
from app.panels.augment.panel import AugmentPanel
from app.widgets.alone import show_view
from sslviz.spec.config import RunConfig


def example() -> AugmentPanel:
    """A panel whose requests are answered at once."""
    panel, catalogue = AugmentPanel(), example_catalogue()
    panel.requested.connect(lambda request: panel.answered(answer(request)))
    panel.config_changed.connect(lambda config: panel.configure(config, catalogue))
    panel.configure(RunConfig(augmentation=catalogue.augmentations[0].augmentation), catalogue)
    return panel


def main() -> None:
    """Open the window until it is closed."""
    show_view(example)


if __name__ == "__main__":
    main()
