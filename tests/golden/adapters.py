"""From a golden case to our functions: what they give, and what the case expects of them.

One adapter a family, a generator of `Check`s. It reads the expected tensors through `Case.want`, so that a test can find out
which ones a case is really held to. Conventions and tolerances are the manifest's.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 # the field's name for it
from safetensors.torch import load_file
from torch import Tensor, nn

from sslviz.methods.align_uniform import align_uniform_terms
from sslviz.methods.barlow_twins import barlow_loss
from sslviz.methods.byol import byol_loss, regression
from sslviz.methods.dino import dino_loss, moved_centre, sharpened
from sslviz.methods.mae import hidden_mse, target_of
from sslviz.methods.moco import info_nce
from sslviz.methods.moco_v3 import moco_v3_loss
from sslviz.methods.simclr import nt_xent
from sslviz.methods.simsiam import simsiam_loss
from sslviz.methods.swav import sinkhorn, swapped_prediction
from sslviz.methods.vicreg import vicreg_terms
from sslviz.metrics import (
    alignment,
    collapse_level,
    feature_std,
    knn_accuracy,
    knn_votes,
    positive_ranks,
    rank_accuracy,
    rankme,
    singular_values,
    uniformity,
)
from sslviz.metrics.attention import mass_mask, rollout, to_pixels
from sslviz.nn.ema import ema_update
from sslviz.nn.masking import kept_count, mask_by, take
from sslviz.nn.patch_grid import patchify, unpatchify
from sslviz.nn.queue import Queue
from sslviz.nn.schedules import ema_momentum, linear_then_constant, warmup_cosine
from sslviz.training.lars import LARS


@dataclass(frozen=True)
class Case:
    """One case of a family: the manifest's entry, and its tensors without the case's name before theirs."""

    family: str
    entry: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    used: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return self.entry["case"]

    @property
    def args(self) -> Mapping[str, Any]:
        return self.entry["args"]

    @property
    def tolerance(self) -> Mapping[str, Any]:
        return self.entry["tolerance"]

    def given(self, name: str, dtype: torch.dtype) -> Tensor:
        """An input, exact in float32, as `dtype` (whole numbers as they are)."""
        tensor = self.tensors[f"in.{name}"]
        return tensor.to(dtype) if tensor.is_floating_point() else tensor

    def group(self, prefix: str, dtype: torch.dtype) -> dict[str, Tensor]:
        """The inputs whose names begin with `prefix`, without it."""
        names = [name.removeprefix(f"in.{prefix}") for name in self.tensors if name.startswith(f"in.{prefix}")]
        return {name: self.given(prefix + name, dtype) for name in names}

    def want(self, name: str) -> Tensor:
        """An expected tensor; remembered as used."""
        self.used.add(name)
        return self.tensors[f"out.{name}"]

    def perturbed(self, name: str) -> Case:
        """This case with one expected tensor made wrong by more than any tolerance."""
        right = self.tensors[f"out.{name}"]
        uneven = torch.linspace(0.01, 0.02, right.numel(), dtype=torch.float64).reshape(right.shape)  # no common factor
        wrong = right + uneven * (1 + right.abs()) if right.is_floating_point() else right + 1
        return replace(self, tensors={**self.tensors, f"out.{name}": wrong}, used=set())


@dataclass(frozen=True)
class Check:
    """What we got and what was expected. rows: which to compare (all where None); got must be finite in the others too."""

    what: str
    got: Tensor
    want: Tensor
    rtol: float
    atol: float
    rows: Tensor | None = None

    def run(self) -> None:
        """Raises AssertionError where they differ by more than the tolerance."""
        got, want = self.got.detach(), self.want
        if self.rows is not None:
            assert torch.isfinite(got).all(), f"{self.what}: not finite"
            got, want = got[self.rows], want[self.rows]
        torch.testing.assert_close(
            got, want, rtol=self.rtol, atol=self.atol, check_dtype=False, msg=lambda text: f"{self.what}: {text}"
        )


Adapter = Callable[[Case, torch.dtype], Iterator[Check]]


def load_cases(folder: Path) -> dict[str, list[Case]]:
    """Every case of `folder` (with its manifest.json), by family."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return {name: _load_family(folder, name, family) for name, family in manifest["losses"].items()}


def _load_family(folder: Path, name: str, family: Mapping[str, Any]) -> list[Case]:
    tensors = load_file(folder / family["file"])
    cases = []
    for entry in family["cases"]:
        prefix = f"{entry['case']}/"
        own = {key.removeprefix(prefix): tensor for key, tensor in tensors.items() if key.startswith(prefix)}
        cases.append(Case(name, entry, own))
    return cases


def losses_and_gradients(case: Case, got: Mapping[str, Tensor], inputs: Mapping[str, Tensor]) -> Iterator[Check]:
    """Values by name against out.NAME.f64, and gradients of got["loss"] against out.grad_INPUT.f64."""
    double = next(iter(inputs.values())).dtype == torch.float64
    for name, value in got.items():
        yield Check(name, value, case.want(f"{name}.f64"), *_tolerance(case, name, "f64" if double else "f32"))
    gradients = torch.autograd.grad(got["loss"], list(inputs.values()))
    for name, gradient in zip((f"grad_{name}" for name in inputs), gradients, strict=True):
        tolerance = _tolerance(case, name, "f64_grad" if double else "f32")
        yield Check(name, gradient, case.want(f"{name}.f64"), *tolerance, rows=_compared_rows(case, len(gradient)))


def no_gradient(case: Case, loss: Tensor, inputs: Mapping[str, Tensor]) -> Iterator[Check]:
    """The inputs at which the reference stops the gradient: ours is None or 0 there. Keeps the graph for `losses_and_gradients`."""
    names = case.entry["inputs_without_gradient"]
    gradients = torch.autograd.grad(loss, [inputs[n] for n in names], retain_graph=True, allow_unused=True)
    for name, gradient in zip(names, gradients, strict=True):
        zeros = torch.zeros_like(inputs[name])
        yield Check(f"gradient of {name}", zeros if gradient is None else gradient, zeros, 0.0, 0.0)


def _tolerance(case: Case, name: str, precision: str) -> tuple[float, float]:
    allowed = case.tolerance[precision]
    return (0.0, allowed[name]["suggested_atol"]) if precision == "f32" else (allowed["rtol"], allowed["atol"])


def _compared_rows(case: Case, rows: int) -> Tensor | None:
    excluded = case.args.get("grad_exclude_rows")
    return torch.tensor([row not in excluded for row in range(rows)]) if excluded else None


def nt_xent_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    inputs = {name: case.given(name, dtype).requires_grad_() for name in ("z0", "z1")}
    loss, _ = nt_xent(inputs["z0"], inputs["z1"], case.args["temperature"])
    yield from losses_and_gradients(case, {"loss": loss}, inputs)


def byol_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    p0, p1, z0, z1 = (case.given(name, dtype).requires_grad_() for name in ("p0", "p1", "z0", "z1"))
    loss = byol_loss(p0, p1, z0, z1)
    yield from no_gradient(case, loss, {"z0": z0, "z1": z1})
    got = {"loss": loss, "loss_01": regression(p0, z1.detach()), "loss_10": regression(p1, z0.detach())}
    yield from losses_and_gradients(case, got, {"p0": p0, "p1": p1})


def simsiam_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    p0, p1, z0, z1 = (case.given(name, dtype).requires_grad_() for name in ("p0", "p1", "z0", "z1"))
    loss = simsiam_loss(p0, p1, z0, z1)
    yield from no_gradient(case, loss, {"z0": z0, "z1": z1})
    yield from losses_and_gradients(case, {"loss": loss}, {"p0": p0, "p1": p1})


def barlow_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    assert case.args["eps"] == 1e-5, "the epsilon of batch norm"
    inputs = {name: case.given(name, dtype).requires_grad_() for name in ("z0", "z1")}
    loss, _ = barlow_loss(inputs["z0"], inputs["z1"], case.args["lambda_"])
    yield from losses_and_gradients(case, {"loss": loss}, inputs)


def vicreg_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    a = case.args
    inputs = {name: case.given(name, dtype).requires_grad_() for name in ("z0", "z1")}
    terms = vicreg_terms(inputs["z0"], inputs["z1"], a.get("gamma", 1.0), a["eps"])
    loss = a["sim"] * terms[0] + a["std"] * terms[1] + a["cov"] * terms[2]
    apart = dict(zip(("invariance", "variance", "covariance"), terms, strict=True))
    told = {name: term for name, term in apart.items() if f"out.{name}.f64" in case.tensors}  # not where weights differ
    got = {"loss": loss, **told}
    yield from losses_and_gradients(case, got, inputs)


def align_uniform_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    assert case.args["alpha"] == 2, "alignment is the squared distance"
    inputs = {name: case.given(name, dtype).requires_grad_() for name in ("z0", "z1")}
    z0, z1 = inputs.values()
    got = {
        "align": alignment(z0, z1),
        "uniform0": uniformity(z0, case.args["t"]),
        "uniform1": uniformity(z1, case.args["t"]),
    }
    got["loss"] = got["align"] + (got["uniform0"] + got["uniform1"]) / 2
    yield from losses_and_gradients(case, got, inputs)
    align, uniform = align_uniform_terms(z0, z1, case.args["alpha"], case.args["t"])  # the method's own
    yield from losses_and_gradients(case, {"align": align, "loss": align + uniform}, inputs)


def rank_std_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    z, short = case.given("z", dtype), "f64" if dtype == torch.float64 else "f32"
    allowed = case.tolerance["std"][f"{short}_atol"]
    largest = float(case.want("singular_values.f64").max())
    digits = 1e-12 if short == "f64" else 1e-5
    yield Check("rankme", rankme(z), case.want("rankme.f64"), case.tolerance["rankme"][f"{short}_rtol"], 0.0)
    yield Check("std", feature_std(z), case.want("std_l2.f64"), 0.0, allowed)
    yield Check("level", collapse_level(z), case.want("collapse_level.f64"), 0.0, allowed * math.sqrt(z.shape[1]))
    yield Check("singular values", singular_values(z), case.want("singular_values.f64"), 0.0, digits * largest)


def ranking_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    z0, z1 = case.given("z0", dtype), case.given("z1", dtype)
    short = "f64" if dtype == torch.float64 else "f32"
    comparable = case.args[f"{short}_comparable"]
    if comparable or case.args["min_gap"] == 0:  # exact ties count against us; gaps below rounding decide nothing
        yield Check("ranks", positive_ranks(z0, z1), case.want("rank_pessimistic"), 0, 0)
    loss, _ = nt_xent(z0, z1, case.args["temperature"])
    yield Check(
        "loss", loss, case.want("loss.f64"), 1e-9 if short == "f64" else 1e-4, 1e-10 if short == "f64" else 1e-5
    )
    if comparable:
        top1, top5, position = (torch.tensor(value) for value in rank_accuracy(z0, z1))
        yield Check("top1", top1, case.want("acc_top1.f64"), 0, 1e-9)
        yield Check("top5", top5, case.want("acc_top5.f64"), 0, 1e-9)
        yield Check("mean position", position, case.want("acc_mean_pos.f64"), 0, case.tolerance["mean_pos_atol"])


def knn_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    bank, labels = case.given("train", dtype), case.given("train_labels", dtype)
    queries, truth = case.given("test", dtype), case.given("test_labels", dtype)
    k, temperature, classes = case.args["k"], case.args["T"], case.args["classes"]
    votes = knn_votes(bank, labels, queries, k, temperature, classes=classes)
    rtol = case.tolerance["votes.f64" if dtype == torch.float64 else "f32_votes"]["rtol"]
    clear = case.tensors["out.margin.f64"] > 1e-6  # says what to compare; is not compared
    expected = case.want("votes.f64")
    shares = votes / votes.sum(1, keepdim=True)  # ours are divided by the best neighbour's vote
    yield Check("votes", shares, expected / expected.sum(1, keepdim=True), rtol, rtol * 1e-3)
    yield Check("prediction", votes.argmax(1)[clear], case.want("pred")[clear], 0, 0)
    top1, top5 = (torch.tensor(100 * value) for value in knn_accuracy(bank, labels, queries, truth, k, temperature))
    unclear = 100 * float((~clear).double().mean())
    yield Check("top1", top1, case.want("top1"), 0, unclear + 1e-4)
    yield Check("top5", top5, case.want("top5_true_class_must_have_votes"), 0, unclear + 1e-4)


def lars_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    weights = {name: nn.Parameter(value) for name, value in case.group("p.", dtype).items()}
    names = ("lr", "weight_decay", "momentum", "eta")
    optimiser = LARS(weights.values(), **{name: case.args[name] for name in names})
    double = dtype == torch.float64
    tolerance = (1e-9, 1e-12) if double else (0.0, case.tolerance["f32"]["atol"])
    for step in range(case.args["steps"]):
        for name, gradient in case.group(f"g{step}.", dtype).items():
            weights[name].grad = gradient
        optimiser.step()
        if f"out.barlow_lars.step{step + 1}.weight.f64" in case.tensors:
            for name, weight in weights.items():
                want = case.want(f"barlow_lars.step{step + 1}.{name}.f64")
                yield Check(f"{name} after step {step + 1}", weight.detach().clone(), want, *tolerance)


def schedules_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    """Schedules are Python numbers: `dtype` changes nothing, and they are compared in float64."""
    tolerance = case.tolerance["f64"]
    for name, values in _schedule(case).items():
        yield Check(
            name, torch.tensor(values, dtype=torch.float64), case.want(name), tolerance["rtol"], tolerance["atol"]
        )


def _schedule(case: Case) -> dict[str, list[float]]:
    """Our values for a case of schedules; a case of another kind is an error."""
    a = case.args
    kind = case.name.split("_")[0]
    if kind == "dino":
        total, warmup = a["epochs"] * a["niter"], a["warmup_epochs"] * a["niter"]
        start = a["start_warmup"]
        return {
            "values": _curve(total, base=a["base"], final=a["final"], warmup=warmup, start=start, convention="dino")
        }
    if kind == "lightly":
        warmup, start = a["warmup_steps"], a["warmup_start"]
        return {"values": _curve(a["max_steps"], base=a["start"], final=a["end"], warmup=warmup, start=start)}
    if kind == "ema":
        ours = [ema_momentum(k, a["steps"], a["base"], a["final"]) for k in range(a["steps"] + 1)]
        return {"solo_momentum": ours, "mocov3": ours, "dino": ours[:-1]}
    if kind == "mae":
        curve = [_mae(epoch / 4, a) for epoch in range(4 * a["epochs"])]
        return {"values": curve}
    if kind == "barlow":
        return {name: _barlow(a, a[f"base_{name}"]) for name in ("weights", "biases")}
    if kind == "solo":
        curve = _curve(
            a["max"],
            base=a["lr"],
            final=a["eta_min"],
            warmup=a["warmup"],
            start=a["warmup_start_lr"],
            convention="dino",
        )
        return {"values": curve}
    raise AssertionError(f"schedules/{case.name}: no adapter for this kind of schedule")


def _curve(total: int, **settings: Any) -> list[float]:
    return [warmup_cosine(k, total, **settings) for k in range(total)]


def _mae(epoch: float, a: Mapping[str, Any]) -> float:
    return warmup_cosine(
        epoch, a["epochs"], base=a["lr"], final=a["min_lr"], warmup=a["warmup_epochs"], convention="mae"
    )


def _barlow(a: Mapping[str, Any], base_weight: float) -> list[float]:
    base = base_weight * a["batch_size"] / 256
    total, warmup = a["epochs"] * a["iters_per_epoch"], a["warmup_epochs"] * a["iters_per_epoch"]
    return _curve(total, base=base, final=a["end_factor"] * base, warmup=warmup, convention="mae")


def ema_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    if "trajectory" in case.name:
        yield from _trajectory(case, dtype)
        return
    atol = case.tolerance["f32"]["atol"]
    student, teacher = (
        _golden_net(case.group("online.", dtype), dtype),
        _golden_net(case.group("teacher.", dtype), dtype),
    )
    ema_update(teacher, student, case.args["momentum"])
    for name, value in teacher.state_dict().items():
        yield Check(name, value.clone(), case.want(f"params_only.{name}"), 0.0, atol)
    y = teacher.train()(case.given("x", dtype))
    yield Check("y in train mode", y, case.want("after_train_forward.y"), 0.0, 10 * atol)
    for name in ("1.running_mean", "1.running_var", "1.num_batches_tracked"):
        yield Check(
            f"{name} afterwards", teacher.state_dict()[name], case.want(f"after_train_forward.{name}"), 0.0, atol
        )


def _golden_net(state: Mapping[str, Tensor], dtype: torch.dtype) -> nn.Module:
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 3)).to(dtype)
    net.load_state_dict(dict(state))
    return net


def _trajectory(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    a, double = case.args, dtype == torch.float64
    online = case.given("online_sequence", dtype)
    teacher, student = nn.Module(), nn.Module()
    teacher.w, student.w = nn.Parameter(case.given("teacher0", dtype).clone()), nn.Parameter(online[0].clone())
    momenta = [ema_momentum(k, a["steps"], a["base"], a["final"]) for k in range(a["steps"])]
    yield Check("momentum", torch.tensor(momenta, dtype=torch.float64), case.want("momentum.f64"), 1e-12, 0.0)
    states = []
    for momentum, weights in zip(momenta, online, strict=True):
        student.w.data.copy_(weights)
        ema_update(teacher, student, momentum)
        states.append(teacher.w.detach().clone())
    tolerance = (case.tolerance["f64"]["rtol"], 0.0) if double else (0.0, case.tolerance["f32"]["atol"])
    yield Check("teacher", torch.stack(states), case.want("teacher_each_step.f64"), *tolerance)


def attention_mask_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    a, attention = case.args, case.given("attention", dtype)[:, 1:]  # without the class token
    kept = mass_mask(attention, a["threshold"])  # (heads, rows * columns)
    grid = kept.reshape(a["heads"], a["rows"], a["cols"])
    yield Check("mask of patches", grid.to(torch.uint8), case.want("mask_patches"), 0, 0)
    name = "mask_f64" if dtype == torch.float64 else "mask_f32"
    yield Check("mask of pixels", to_pixels(grid, a["patch"]).to(torch.uint8), case.want(name), 0, 0)
    yield Check("kept patches", kept.sum(1), case.want("kept_count"), 0, 0)
    mass = (attention * kept).sum(1) / attention.sum(1)
    yield Check("kept mass", mass, case.want("kept_mass.f64"), 1e-9 if dtype == torch.float64 else 1e-5, 0.0)
    map_of_patches = case.given("attention", torch.float32)[:, 1:].reshape(grid.shape)
    yield Check("upsampled", to_pixels(map_of_patches, a["patch"]), case.want("attention_upsampled.f32"), 0, 0)


def rollout_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    double = dtype == torch.float64
    allowed = case.tolerance["f64" if double else "f32"]
    tolerance = (allowed.get("rtol", 0.0), allowed["atol"])
    joint = rollout(case.given("attentions", dtype))
    yield Check("joint", joint, case.want("abnar_joint_last.f64"), *tolerance)
    side = case.args["side"]
    yield Check("class to patches", joint[0, 1:].reshape(side, side), case.want("abnar_cls_to_patches.f64"), *tolerance)


def mae_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    a = case.args
    images, prediction = case.given("imgs", dtype), case.given("pred", dtype).requires_grad_()
    side = (a["patch"], a["patch"])
    patches = patchify(images, side)
    grid = (images.shape[2] // a["patch"], images.shape[3] // a["patch"])
    masking = mask_by(case.given("noise", dtype), kept_count(a["tokens"], a["mask_ratio"]))
    tokens = take(case.given("tokens", dtype), masking.kept)
    yield Check("patches", patches, case.want("patches").to(dtype), 0, 0)
    yield Check("images again", unpatchify(patches, grid, side), images, 0, 0)
    yield Check("mask", masking.hidden, case.want("mask"), 0, 0)
    yield Check("restore", masking.restore, case.want("ids_restore"), 0, 0)
    yield Check("kept", masking.kept, case.want("ids_keep"), 0, 0)
    yield Check("tokens", tokens, case.want("tokens_kept").to(dtype), 0, 0)
    double = dtype == torch.float64
    value = case.tolerance["f64" if double else "f32"]
    slope = case.tolerance["f64_grad" if double else "f32"]
    for kind, normalised in (("raw", False), ("norm", True)):
        loss, _ = hidden_mse(prediction, target_of(patches, normalised=normalised), masking.hidden)
        (gradient,) = torch.autograd.grad(loss, prediction)
        yield Check(f"loss_{kind}", loss, case.want(f"loss_{kind}.f64"), value["rtol"], value["atol"])
        yield Check(f"grad_{kind}", gradient, case.want(f"grad_pred_{kind}.f64"), slope["rtol"], slope["atol"])


def swav_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    a = case.args
    n, globals_ = a["N"], len(a.get("crops_for_assign", (0, 1)))
    assert list(a.get("crops_for_assign", (0, 1))) == list(range(globals_)), "the first crops have codes"
    out = case.given("out", dtype).requires_grad_()
    scores = out.view(-1, n, a["K"])  # (V, B, K)
    known = scores[:globals_]
    if "queue_length" in a:
        queue = _swav_queue(case, dtype)
        stored = queue.newest_first().view(-1, globals_, queue.rows.shape[1] // globals_).transpose(0, 1)  # (2, L, D)
        known = torch.cat([torch.nn.functional.linear(stored, case.given("prototypes", dtype)), known], dim=1)
    codes = sinkhorn(known, a["epsilon"], a["sinkhorn_iterations"])[:, -n:]
    loss, _, _ = swapped_prediction(scores, codes, a["temperature"])
    got = {"loss": loss, **{f"q{k}": code for k, code in enumerate(codes)}}
    yield from _swav_checks(case, got, out)
    if "queue_length" in a:
        rows = case.given("embedding", dtype).view(globals_, n, -1).transpose(0, 1).flatten(1)
        queue.push(rows.flip(0), 2)  # the code puts the first image of a batch foremost
        after = queue.newest_first().view(a["queue_length"], globals_, -1).transpose(0, 1)
        tolerance = (1e-9, 1e-10) if dtype == torch.float64 else (0.0, case.tolerance["f32"]["atol"])
        yield Check("queue afterwards", after, case.want("queue_after.f64"), *tolerance)


def _swav_queue(case: Case, dtype: torch.dtype) -> Queue:
    """Our ring with the case's rows, given newest first: one row for an image, its crops side by side."""
    rows = case.given("queue", dtype).transpose(0, 1).flatten(1)  # (L, 2D)
    queue = Queue(len(rows), rows.shape[1]).to(dtype)
    queue.push(rows.flip(0), 1)
    return queue


def _swav_checks(case: Case, got: Mapping[str, Tensor], out: Tensor) -> Iterator[Check]:
    """Like `losses_and_gradients`, for cases with codes, some of which the published form cannot compute in float32."""
    assert not any(got[name].requires_grad for name in got if name != "loss"), "codes have no gradient"
    values = {**got, "grad_out": torch.autograd.grad(got["loss"], out)[0]}
    for name, value in values.items():
        if out.dtype == torch.float64:
            of = case.tolerance.get("f64_grad", case.tolerance["f64"]) if name == "grad_out" else case.tolerance["f64"]
            tolerance = (of["rtol"], of["atol"])
        else:
            tolerance = (0.0, _swav_float32(case, name, out))
        yield Check(name, value, case.want(f"{name}.f64"), *tolerance)


def _swav_float32(case: Case, name: str, out: Tensor) -> float:
    """The case's tolerance; where the published form overflows and states none, 20 times the rounding of the largest exponent."""
    allowed = case.tolerance["f32"]
    stated = allowed if "atol" in allowed else allowed[name]
    if isinstance(stated, str):
        return 20 * torch.finfo(torch.float32).eps * float(out.detach().abs().max()) / case.args["epsilon"]
    return float(stated["atol" if "atol" in stated else "suggested_atol"])


def dino_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    a, double = case.args, dtype == torch.float64
    allowed = case.tolerance["f64"]
    schedule = torch.tensor([_dino_temperature(a, epoch) for epoch in range(a["nepochs"])], dtype=torch.float64)
    if "ncrops" not in a:
        yield Check("schedule", schedule, case.want("schedule.f64"), allowed["rtol"], allowed["atol"])
        return
    yield Check("schedule", schedule, case.want("teacher_temp_schedule.f64"), allowed["rtol"], allowed["atol"])
    yield Check("temperature", schedule[a["epochs"]], case.want("teacher_temp.f64"), allowed["rtol"], allowed["atol"])
    student, teacher = case.given("student", dtype).requires_grad_(), case.given("teacher", dtype).requires_grad_()
    losses, centres = _dino_steps(case, student, teacher)
    names = {"loss": losses, "center": centres}
    for name, value in names.items():
        tolerance = (allowed["rtol"], allowed["atol"]) if double else (0.0, case.tolerance["f32"][f"{name}_atol"])
        yield Check(name, value, case.want(f"{name}.f64"), *tolerance)
    gradient, none = torch.autograd.grad(losses.sum(), (student, teacher), allow_unused=True)
    assert none is None or not none.any(), "the teacher has no gradient"
    if double:
        of = case.tolerance["f64_grad"]
        yield Check("grad_student", gradient, case.want("grad_student.f64"), of["rtol"], of["atol"])
    else:
        assert torch.isfinite(gradient).all()


def _dino_temperature(a: Mapping[str, Any], epoch: int) -> float:
    return linear_then_constant(
        epoch, warm=a["warmup_teacher_temp"], final=a["teacher_temp"], steps=a["warmup_teacher_temp_epochs"]
    )


def _dino_steps(case: Case, student: Tensor, teacher: Tensor) -> tuple[Tensor, Tensor]:
    """Losses (S,) and centres (S, K) of the case's S steps: each loss with the centre before its own batch."""
    a = case.args
    losses, centres = [], [student.new_zeros(a["out_dim"])]
    for s, t, epoch in zip(student, teacher, a["epochs"], strict=True):
        shaped = (logits.view(-1, a["N"], a["out_dim"]) for logits in (s, t))
        crops, globals_ = shaped  # (V, B, K), (2, B, K)
        targets = sharpened(globals_, centres[-1], _dino_temperature(a, epoch))
        losses.append(dino_loss(crops, targets, a["student_temp"])[0])
        centres.append(moved_centre(centres[-1], t.detach().mean(0), a["center_momentum"]))
    return torch.stack(losses), torch.stack(centres[1:])


def infonce_queue_case(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    if "in.q0" in case.tensors:
        yield from _moco_v3(case, dtype)
    elif "in.q" in case.tensors:
        yield from _moco(case, dtype)
    else:
        yield from _ring(case, dtype)


def _moco_v3(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    queries = {name: case.given(name, dtype).requires_grad_() for name in ("q0", "q1")}
    keys = {name: case.given(name, dtype).requires_grad_() for name in ("k0", "k1")}
    loss = moco_v3_loss(**queries, **keys, tau=case.args["temperature"])
    yield from no_gradient(case, loss, keys)
    yield from losses_and_gradients(case, {"loss": loss}, queries)


def _moco(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    """Step by step: the loss on the queue as it is, then the step's keys enter it."""
    double = dtype == torch.float64
    allowed = case.tolerance["f64"] if double else {"rtol": 0.0, "atol": case.tolerance["f32"]["loss_atol"]}
    digits = allowed if double else {"rtol": 1e-6, "atol": allowed["atol"]}  # logits are cosines times 1/temperature
    gradients = case.tolerance["f64_grad"] if double else {"rtol": 1e-4, "atol": 1e-4}
    queue = _queue(case, dtype)
    for step in range(case.args["steps"]):
        q, k = (case.given(name, dtype)[step].clone().requires_grad_() for name in ("q", "k"))
        rows = queue.rows.clone().requires_grad_()
        loss, logits = info_nce(q, k, rows, case.args["temperature"])
        yield from no_gradient(case, loss, {"k": k, "queue0": rows})
        (gradient,) = torch.autograd.grad(loss, [q])
        queue.push(F.normalize(k, dim=1), step + 1)
        yield Check(f"loss {step}", loss, case.want("loss.f64")[step], **allowed)
        yield Check(f"logits {step}", logits, case.want("logits.f64")[step], **digits)
        yield Check(f"gradient {step}", gradient, case.want("grad_q.f64")[step], **gradients)
        yield Check(f"queue {step}", queue.rows.clone(), case.want("queue_each_step.f64")[step], **allowed)
        yield Check(f"pointer {step}", queue.pointer.clone(), case.want("ptr")[step], 0, 0)
    yield Check("queue at the end", queue.rows, case.want("queue_final.f64"), **allowed)


def _ring(case: Case, dtype: torch.dtype) -> Iterator[Check]:
    """Of a queue that the batch does not divide we take the ring that truly wraps."""
    queue = _queue(case, dtype)
    for step, k in enumerate(case.given("k", dtype)):
        queue.push(k, step + 1)
        want, pointer = case.want("true_ring.queue_each_step")[step], case.want("true_ring.ptr")[step]
        yield Check(f"queue {step}", queue.rows.clone(), want, 0.0, case.tolerance["f32"]["atol"])
        yield Check(f"pointer {step}", queue.pointer.clone(), pointer, 0, 0)


def _queue(case: Case, dtype: torch.dtype) -> Queue:
    rows = case.given("queue0", dtype)
    queue = Queue(*rows.shape).to(dtype)
    queue.rows.copy_(rows)
    return queue


ADAPTERS: dict[str, Adapter] = {
    "infonce_queue": infonce_queue_case,
    "attention_mask": attention_mask_case,
    "rollout": rollout_case,
    "byol": byol_case,
    "simsiam": simsiam_case,
    "barlow": barlow_case,
    "vicreg": vicreg_case,
    "nt_xent": nt_xent_case,
    "align_uniform": align_uniform_case,
    "rank_std": rank_std_case,
    "contrastive_ranking": ranking_case,
    "knn": knn_case,
    "lars": lars_case,
    "schedules": schedules_case,
    "ema": ema_case,
    "swav": swav_case,
    "dino": dino_case,
    "mae": mae_case,
}
"""By family."""

NOT_BUILT = frozenset({})
"""Families whose method or view does not exist yet: named here, so that none is forgotten without a word."""
