"""VitPlan: everything about a vision transformer that its tensors' values do not say. One plan covers every family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Positions = Literal["table", "rope", "none"]
Mlp = Literal["gelu", "quick_gelu", "swiglu"]
Pool = Literal["class", "mean", "class_projected", "class_and_register"]


@dataclass(frozen=True, slots=True)
class VitPlan:
    """The shape of a `VisionTransformer`. Token order: class token, registers, patches row by row.

    rule: how a table is resized for another grid, a name of `sslviz.nn.position_tables.RULES`. grid: of the table, (0, 0) without.
    table_prefix: how many of the leading tokens have a row in the table (before those of the patches).
    """

    width: int
    depth: int
    heads: int
    patch: tuple[int, int]  # (height, width) in px
    hidden: int  # of the MLP; of each half where it is gated
    grid: tuple[int, int] = (0, 0)  # (rows, columns)
    channels: int = 3
    class_token: bool = True
    registers: int = 0
    positions: Positions = "table"
    rule: str = "fixed"
    table_prefix: int = 1
    mlp: Mlp = "gelu"
    eps: float = 1e-6  # of every layer norm
    qkv_bias: bool = True
    projection_bias: bool = True
    mlp_bias: bool = True
    patch_bias: bool = True
    layer_scale: bool = False
    qk_norm: bool = False
    pre_norm: bool = False  # before the blocks, as in CLIP
    final_norm: bool = True  # after them, on every token
    pool_norm: bool = False  # on the pooled feature instead, as in MAE's fine-tuned networks
    separate_patch_norm: bool = (
        False  # DINOv3's untied norms: `norm` for patches, `cls_norm` for the tokens before them
    )
    pool: Pool = "class"
    projection: int = 0  # width of the pooled feature's projection, 0 without (CLIP)
    convolutional_stem: tuple[int, ...] = ()  # widths of MoCo v3's stem; () for one convolution a patch

    @property
    def prefix(self) -> int:
        """Tokens before the patches."""
        return int(self.class_token) + self.registers

    @property
    def head_width(self) -> int:
        """Numbers of each head."""
        return self.width // self.heads
