"""What training code wraps around a network: prefixes of names, and networks that lie side by side in one state dict. Tables only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

NESTS = ("teacher", "state_dict_ema", "model_ema", "target_encoder", "state_dict", "model", "student", "encoder")
"""Keys whose dicts hold a network, the usual choice first."""

NETWORKS = frozenset({"teacher", "state_dict_ema", "model_ema", "target_encoder", "student", "encoder"})
"""Those of `NESTS` whose name tells which network it is; the others become "weights" where they lie beside one of these."""

IGNORED = frozenset(
    [
        "optimizer",
        "opt",
        "optimizer_states",
        "lr_schedulers",
        "lr_scheduler",
        "scheduler",
        "callbacks",
        "loops",
        "scaler",
        "fp16_scaler",
        "amp",
        "epoch",
        "global_step",
        "args",
        "dino_loss",
        "ibot_loss",
        "hyper_parameters",
        "queue",
        "criterion",
        "loss",
        "predictor",
        "best_acc",
        "iteration",
        "config",
    ]
)
"""Keys beside the networks that hold none."""

WRAPPERS = (
    "module.",
    "_orig_mod.",
    "model.",
    "backbone.",
    "encoder.",
    "base_encoder.",
    "momentum_encoder.",
    "encoder_q.",
    "encoder_k.",
    "student_backbone.",
    "teacher_backbone.",
    "convnet.",
    "vit.",
    "visual.",
    "net.",
    "network.",
    "feature_extractor.",
)
"""Prefixes that say where in the training code a network was held, and nothing of the network."""

OWN_ENCODERS = ("encoder.layer.", "encoder.layers.encoder_layer_", "encoder.pos_embedding")
"""Names that begin with "encoder." because the network itself does so: Hugging Face and torchvision."""

HUGGING_FACE = ("embeddings.patch_embeddings", "embeddings.patch_embedding.", "embeddings.cls_token")
"""Names that only Hugging Face's classes have: their own prefixes belong to them."""

BESIDE = (
    "head.",
    "heads.",
    "head_dist.",
    "dino_head.",
    "ibot_head.",
    "projector.",
    "projection_head.",
    "prediction_head.",
    "predictor.",
    "prototypes.",
    "classifier.",
    "online_classifier.",
    "linear.",
    "fc.",
    "bn.",
    "decoder.",
    "decoder_",
    "mask_token",
    "queue",
    "queue_ptr",
    "criterion.",
    "criterion_",
    "loss.",
    "dino_loss.",
    "ibot_loss.",
)
"""What lies beside a wrapped backbone without being wrapped itself: heads, decoders and the state of losses."""

BOOKKEEPING = ("queue", "criterion", "loss.", "dino_loss.", "ibot_loss.", "num_batches_tracked", "position_ids")
"""Stored state that belongs to training, not to the network: not counted in how much of a file is used."""


@dataclass(frozen=True, slots=True)
class Side:
    """One of two networks that lie side by side. renames: prefix in the file -> prefix in the part."""

    name: str
    renames: Mapping[str, str] = field(default_factory=dict)

    def part_name(self, name: str) -> str | None:
        """The name of a tensor of this network within its part; None if it is none of its tensors."""
        return next((new + name[len(old) :] for old, new in self.renames.items() if name.startswith(old)), None)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two networks in one state dict: the one that is trained, which also owns what lies beside both, and its moving average."""

    trained: Side
    average: Side
    average_first: bool = False  # whether published evaluations take the average

    @property
    def marks(self) -> tuple[str, ...]:
        """Prefixes that tell that a state dict is such a pair."""
        return (*self.trained.renames, *self.average.renames)


PAIRS = (
    Pair(
        Side("student", {"student.": "", "student_backbone.": "", "student_head.": "head."}),
        Side("teacher", {"teacher.": "", "teacher_backbone.": "", "teacher_head.": "head."}),
        average_first=True,
    ),
    Pair(Side("encoder_q", {"encoder_q.": ""}), Side("encoder_k", {"encoder_k.": ""})),
    Pair(Side("base_encoder", {"base_encoder.": ""}), Side("momentum_encoder", {"momentum_encoder.": ""})),
    Pair(
        Side("backbone"),
        Side(
            "momentum_backbone",
            {
                "momentum_backbone.": "",
                "momentum_projector.": "projector.",
                "momentum_classifier.": "classifier.",
                "momentum_head.": "head.",
                "momentum_prototypes.": "prototypes.",
            },
        ),
    ),
    Pair(
        Side("backbone"),
        Side(
            "backbone_momentum",
            {
                "backbone_momentum.": "",
                "projection_head_momentum.": "projection_head.",
                "prediction_head_momentum.": "prediction_head.",
            },
        ),
    ),
    Pair(
        Side(
            "online",
            {
                "online_network.": "",
                "online_encoder.": "",
                "online_projector.": "projector.",
                "online_predictor.": "predictor.",
            },
        ),
        Side("target", {"target_network.": "", "target_encoder.": "", "target_projector.": "projector."}),
    ),
    Pair(Side("model"), Side("ema", {"model_ema.": "", "ema_model.": "", "ema.": ""}), average_first=True),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """Training code that is known by how it wraps: every one of `all` and one of `one` begins a name."""

    name: str
    one: tuple[str, ...]
    all: tuple[str, ...] = ()

    def wrote(self, names: frozenset[str]) -> bool:
        """Whether it wrote a state dict with these names."""
        return any(_begins(names, mark) for mark in self.one) and all(_begins(names, mark) for mark in self.all)


ORIGINS = (
    Origin("moco", ("encoder_q.", "encoder_k.")),
    Origin("moco_v3", ("base_encoder.", "momentum_encoder.")),
    Origin("uva_tutorial", ("convnet.",)),
    Origin(
        "lightly",
        (
            "backbone.0.",
            "backbone.vit.",
            "projection_head.layers.",
            "prediction_head.layers.",
            "backbone_momentum.",
            "student_head.layers.",
            "teacher_backbone.",
        ),
    ),
    Origin("solo-learn", ("classifier.", "momentum_backbone."), ("backbone.",)),
)


def origin_of(names: frozenset[str]) -> str:
    """Whose code wrote these names; "" where they do not tell."""
    return next((origin.name for origin in ORIGINS if origin.wrote(names)), "")


def _begins(names: frozenset[str], mark: str) -> bool:
    return any(name.startswith(mark) for name in names)
