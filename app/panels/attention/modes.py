"""The ways in which the view looks: what each asks for, and what it shows and does not show."""

from __future__ import annotations

from dataclasses import dataclass

from sslviz.spec.description import Description
from sslviz.spec.inspection import Want

READ = (
    "Attention is where information is read, not why: a bright patch was read from, it need not have mattered. "
    "The masking test and occlusion ask what matters."
)
NO_ATTENTION = (
    "A convolutional network has no attention: each of its layers reads a fixed neighbourhood. "
    "PCA, similarity and occlusion show what its features hold."
)


@dataclass(frozen=True, slots=True)
class Mode:
    """`attends`: it needs a network with attention. `layered`, `asked`: it depends on the chosen layers, on the query."""

    title: str
    want: Want
    tip: str
    about: str
    attends: bool = True
    layered: bool = False
    asked: bool = False


MODES = {
    "heads": Mode(
        "Heads", "maps", "What each head reads, from the query",
        "The query's row of the softmax, as computed: shares of what a head reads, over patches. What goes to the class token and to "
        "registers is left out. The white line holds the share of the mass that is chosen at the left, as DINO draws it. "
        "Where the picture has a mask, IoU compares it with what the line holds and AUROC with the map; in brackets random weights.",
        layered=True, asked=True),
    "layers": Mode(
        "Layers", "overview", "Every head of every layer at a glance",
        "Entropy: how widely a head spreads, mean over all queries. Distance: how far it reaches on average, in pixels of the picture. "
        "Click an entry to see its map."),
    "rollout": Mode(
        "Rollout", "rollout", "Attention multiplied through all layers",
        "Attention of all layers, heads averaged, half of it the residual path, multiplied (Abnar and Zuidema 2020). It still knows "
        "nothing of values and MLPs.", asked=True),
    "pca": Mode(
        "PCA", "pca", "The patches' features as colours",
        "The first three principal components of this picture's patch features as red, green and blue: alike in colour is alike in "
        "feature. Colours have no meaning across pictures or models.", attends=False),
    "similarity": Mode(
        "Similarity", "similarity", "Which patches have features like the query's",
        "Cosine of each patch's final feature with the query's.", attends=False, asked=True),
    "norms": Mode(
        "Norms", "norms", "How long each token is after each layer, and what registers are for",
        "A few patches much longer than the rest are artefacts: the network keeps notes there. Registers give the notes a place of "
        "their own (Darcet et al. 2024).", layered=True),
    "masking": Mode(
        "Masking", "masks", "Take the most attended patches away and watch the feature move",
        "Cosine of the class feature with that of the whole picture while patches turn grey, the most attended first, and as many at "
        "random. Attention that matters falls first.", asked=True),
    "occlusion": Mode(
        "Occlusion", "occlusion", "What the feature loses when a grey square covers a place",
        "How far the pooled feature turns while a grey square covers that place. It asks the network, not its attention.",
        attends=False),
}  # fmt: skip


def why_not(description: Description | None) -> dict[str, str]:
    """For every mode the reason why this model cannot be looked at so, "" where it can."""
    lacks = description is not None and "attention" not in description.abilities
    reason = NO_ATTENTION if description is not None and description.kind == "cnn" else "This model gives no attention."
    return {name: reason if lacks and mode.attends else "" for name, mode in MODES.items()}
