"""The stages of one training step and the shapes between them."""

from __future__ import annotations

from app.bridge.picture import RunPicture
from app.panels.train.live import method_of
from app.widgets.stage_strip import Stage
from sslviz.spec.catalogue import Catalogue
from sslviz.spec.config import RunConfig

BATCH, VIEWS, ENCODER, PROJECTOR, LOSS = range(5)


def stages(config: RunConfig, catalogue: Catalogue, picture: RunPicture | None) -> tuple[Stage, ...]:
    """Batch, views, encoder, projector, loss: as far as shapes are known, they are told."""
    n, v = config.batch_size, config.augmentation.count
    method = method_of(config, catalogue)
    loss = method.loss_label if method else "one number"
    return (
        Stage("batch", f"{n} images", "The next images of the training set, in a random order."),
        Stage("views", f"{v} × {n}{_pixels(picture)}", "Each image is augmented at random, anew in every step."),
        Stage(
            "encoder",
            f"h {v * n}{_times(features(config, catalogue))}",
            "The backbone turns each view into features h.",
        ),
        Stage(
            "projector",
            f"z {v * n}{_times(_dimensions(picture))}",
            "A small network maps h to z, on which the loss works.",
        ),
        Stage("loss", "1 number", f"{loss}: compared, differentiated, and the weights take one step."),
    )


def _pixels(picture: RunPicture | None) -> str:
    peek = picture.peeks.get("views") if picture else None
    if peek is None or "images" not in peek.arrays:
        return ""
    height, width = peek.arrays["images"].shape[2:4]
    return f" × 3 × {height} × {width}"


def _times(size: int) -> str:
    return f" × {size}" if size else ""


def features(config: RunConfig, catalogue: Catalogue) -> int:
    """Length of h; 0 where the catalogue does not know the backbone."""
    return next((b.features for b in catalogue.backbones if b.name == config.backbone), 0)


def _dimensions(picture: RunPicture | None) -> int:
    peek = picture.peeks.get("spectrum") if picture else None
    return len(peek.arrays["values"]) if peek is not None and "values" in peek.arrays else 0
