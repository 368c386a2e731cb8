"""Made-up models with cards, for the gallery alone and for tests."""

from __future__ import annotations

from sslviz.spec.card import Card, CardMetric
from sslviz.spec.inspection import ModelLine


def card(name: str, title: str, method: str, backbone: str, collapsed: str = "") -> Card:
    """A card with a share beside its baselines, and a loss."""
    value = 0.12 if collapsed else 0.62
    metrics = (
        CardMetric("loss", "this run", 4.7, 4.6, 4.8, "in nats; not comparable between methods"),
        CardMetric("knn on h: class", "this run", value, value - 0.02, value + 0.02, "k 20, T 0.07"),
        CardMetric("knn on h: class", "random weights", 0.3, 0.28, 0.32, "k 20, T 0.07"),
        CardMetric("knn on pixels: class", "raw pixels", 0.35, 0.33, 0.37, "k 20, T 0.07"),
        CardMetric("linear on h: class", "supervised", 0.8, 0.78, 0.82, "λ 1e-05"),
    )
    return Card(
        name=name, title=title, method=method, backbone=backbone, parameters=207_424,
        data="20,000 procedural images of 64 × 64 px, preset plain (1 or 2 objects), seed 0.", licence="MIT",
        image_size=(32, 32), seed=0, steps=1_600, minutes=61.7, machine="cpu, 1 thread, fp32",
        command=f"sslviz train --config models/{name}/run.toml --out runs/{name}", sha256="0123456789abcdef" * 4,
        weaknesses=("It knows hue, hardly shape.", "One seed."), metrics=metrics, collapsed=collapsed,
    )  # fmt: skip


def lines() -> tuple[ModelLine, ...]:
    """Four models that ship, one of them collapsed, and a file that was opened before."""
    cards = (
        card("dino-example", "DINO, small ViT on plain shapes", "dino", "vit_d64"),
        card("mae-example", "MAE, small ViT on plain shapes", "mae", "vit_d64"),
        card("byol-example", "BYOL, small ResNet", "byol", "resnet_w32"),
        card("byol-gone", "BYOL without its stop-gradient", "byol", "resnet_w32", "the stop-gradient was switched off"),
    )
    shipped = tuple(ModelLine(c.name, c.title, f"{c.backbone}, {c.parameters:,} parameters", True, c) for c in cards)
    return (*shipped, ModelLine("/somewhere/else.pth", "else.pth", "a file", False))
