"""Tasks of bench_inspect, each in a process of its own: `python inspect_tasks.py TASK SOURCE [SHAPE]` prints what it measured as JSON."""

from __future__ import annotations

import hashlib
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import psutil
import torch
from torch import Tensor, nn

from sslviz.engine.environment import prepare_environment, use_threads
from sslviz.inspect.attend import attend
from sslviz.inspect.model import Model
from sslviz.inspect.open import open_model
from sslviz.inspect.pictures import Picture, read_picture
from sslviz.inspect.rebuild import rebuild
from sslviz.inspect.sight import Sight
from sslviz.nn.masked_decoder import DecoderPlan, MaskedDecoder
from sslviz.nn.vision_transformer import VisionTransformer
from sslviz.nn.vit_block import Block
from sslviz.nn.vit_plan import VitPlan
from sslviz.spec.inspection import CLASS_QUERY, Attend, ModelRef, PictureRef, Rebuild

Measured = dict[str, float]

LARGE = 480
"""Side in px of the picture with 3,601 tokens."""
QUERIES = 15
REF = ModelRef("")

PLANS = {
    "vit_base_16": VitPlan(768, 12, 12, (16, 16), 3072, grid=(14, 14), rule="dino"),
    "vit_small_16": VitPlan(384, 12, 6, (16, 16), 1536, grid=(14, 14), rule="dino"),
    "vit_small_8": VitPlan(384, 12, 6, (8, 8), 1536, grid=(28, 28), rule="dino"),
    "mae_base_16": VitPlan(768, 12, 12, (16, 16), 3072, grid=(14, 14)),
}
DECODER = DecoderPlan(768, 512, 8, 16, 2048, (14, 14), 768)
DECODER_NAMES = {"embed.": "decoder_embed.", "pos_embed": "decoder_pos_embed", "blocks.": "decoder_blocks.", "norm.": "decoder_norm.",
                 "pred.": "decoder_pred."}  # fmt: skip


def measured(work: Callable[[], object]) -> Measured:
    """Seconds, and bytes by which the process was larger at its peak than before."""
    before = psutil.Process().memory_info().rss
    began = time.perf_counter()
    kept = work()
    seconds = time.perf_counter() - began
    del kept
    unit = 1 if sys.platform == "darwin" else 1024
    return {"s": seconds, "bytes": float(max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit - before, 0))}


def write(path: str, shape: str) -> Measured:
    """A file as the repositories publish them, of random weights."""
    state = _random(VisionTransformer(PLANS[shape]))
    if shape.startswith("mae"):
        for name, weight in _random(MaskedDecoder(DECODER)).items():
            renamed = next(
                (new + name.removeprefix(old) for old, new in DECODER_NAMES.items() if name.startswith(old)), name
            )
            state[renamed] = weight
        torch.save({"model": state}, path)
    else:
        torch.save(state, path)
    return {}


def _random(network: nn.Module) -> dict[str, Tensor]:
    return {name: 0.02 * torch.randn(weight.shape) for name, weight in network.state_dict().items()}


def open_file(path: str) -> Measured:
    """Ours: read as views, checked, hashed, described."""
    return measured(lambda: open_model(path).describe())


def load(path: str) -> Measured:
    """What anybody has to do with a file: torch.load, a hash, a look for numbers that are none."""

    def work() -> object:
        state = torch.load(path, map_location="cpu", weights_only=True)
        with Path(path).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return state, digest, all(bool(weight.isfinite().all()) for weight in state.values())

    return measured(work)


def _scene(path: str, side: int) -> tuple[Model, Picture]:
    model = open_model(path)
    return model, read_picture(PictureRef(sample="china", size=(side, side)), model.describe())


def _ask(layers: tuple[int, ...] = (-1,), query: int = CLASS_QUERY) -> Attend:
    return Attend(0, REF, PictureRef(), layers=layers, query=query)


def last(path: str, layers: tuple[int, ...] = (-1,)) -> Measured:
    """Ours: the class token's maps of the layers."""
    model, picture = _scene(path, LARGE)
    return measured(lambda: attend(model, _ask(layers), picture))


def every(path: str) -> Measured:
    """Ours: of all layers."""
    return last(path, tuple(range(12)))


@torch.inference_mode()
def materialised(path: str) -> Measured:
    """As the repositories do: every layer multiplies with its whole softmax, and the last one's first row is taken."""
    model, picture = _scene(path, LARGE)
    network = model.transformer

    def work() -> Tensor:
        x = network.embed(model.prepare(picture.images))
        row = x
        for block in network.blocks:
            if not isinstance(block, Block):
                raise TypeError("a transformer is made of blocks")
            q, k, v = block.attn.split(block.norm1(x), None)
            attention = (q * q.shape[-1] ** -0.5 @ k.transpose(-2, -1)).softmax(dim=-1)
            row = attention[0, :, 0, 1:].clone()
            x = x + block.attn.proj((attention @ v).transpose(1, 2).flatten(2))
            del attention  # one layer's at a time
            x = x + block.mlp(block.norm2(x))
        return row

    return measured(work)


def drop(path: str) -> Measured:
    """From a file to maps, then a query patch after the other on the same picture."""
    sight = Sight()

    def work() -> tuple[Model, Picture]:
        model, picture = _scene(path, 224)
        attend(model, _ask(), picture, sight)
        return model, picture

    began = time.perf_counter()
    model, picture = work()
    seconds = time.perf_counter() - began
    queries = [_seconds(partial(attend, model, _ask(query=k), picture, sight)) for k in range(QUERIES)]
    return {"s": seconds, "query_s": statistics.median(queries)}


def paint(source: str) -> Measured:
    """A masked autoencoder's answer to a mask, once it is warm."""
    model = open_model(source)
    picture = read_picture(PictureRef(sample="china"), model.describe())
    times = [
        _seconds(partial(rebuild, model, Rebuild(0, REF, PictureRef(), seed=k), picture)) for k in range(1 + QUERIES)
    ]
    return {"s": statistics.median(times[1:])}


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


TASKS: dict[str, Callable[..., Measured]] = {
    "write": write, "open": open_file, "load": load, "last": last, "all": every, "materialised": materialised,
    "drop": drop, "rebuild": paint,
}  # fmt: skip


if __name__ == "__main__":
    prepare_environment()
    use_threads(0)
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:])))
