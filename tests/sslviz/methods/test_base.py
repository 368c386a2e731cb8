"""What every method has in common, tried on each of them."""

import dataclasses

import pytest
import torch

from sslviz.methods import METHODS, Method, method_infos
from sslviz.nn.backbones import build_backbone
from sslviz.nn.encoder import Encoder
from sslviz.spec.config import RunConfig
from sslviz.spec.errors import SpecError
from sslviz.spec.measures import MEASURES
from sslviz.spec.params import ParamInfo, Scalar, describe
from tests.sslviz.methods.learners import config_of, method_of


def build(name: str) -> Method:
    return method_of(config_of(name))


def another_value(info: ParamInfo) -> Scalar:
    if info.kind == "bool":
        return not info.default
    if info.kind == "choice":
        return next(word for word in info.choices if word != info.default)
    return int(info.hi) if info.kind == "int" else info.hi


@pytest.mark.parametrize("info", method_infos(), ids=lambda info: info.name)
def test_a_method_describes_itself(info):
    assert dataclasses.replace(info, source="") == METHODS[info.name].info
    assert info.params == describe(METHODS[info.name].Params)
    assert all((info.title, info.paper, info.idea, info.collapse, info.loss_label, info.augmentation, info.backbone))
    assert info.backbone in {"resnet_w16", "resnet_w32", "vit_d64", "vit_d128"}
    assert all((info.equation, info.symbols, info.boxes, info.links, info.source))


@pytest.mark.parametrize("info", method_infos(), ids=lambda info: info.name)
def test_the_diagram_names_what_there_is(info):
    boxes, parameters = {box.name for box in info.boxes}, {p.name for p in info.params}
    assert {name for link in info.links for name in (link.source, link.target)} == boxes
    assert {link.switch for link in info.links} - {""} <= parameters
    assert {figure.switch for figure in info.figures} - {""} <= parameters
    places = [(box.column, box.row) for box in info.boxes]
    assert len(set(places)) == len(places)


@pytest.mark.parametrize("info", method_infos(), ids=lambda info: info.name)
def test_symbols_carry_what_a_run_knows(info):
    known = {p.name for p in info.params} | set(MEASURES) | {p.name for p in describe(RunConfig)} | {""}
    assert {symbol.value for symbol in info.symbols} <= known


@pytest.mark.parametrize("info", method_infos(), ids=lambda info: info.name)
def test_every_parameter_says_what_it_does(info):
    silent = [p.name for p in info.params if not p.up or not (p.down or p.kind == "choice")]
    assert silent == []


@pytest.mark.parametrize("name", list(METHODS))
def test_docstring_names_paper_and_departures(name):
    text = __import__(METHODS[name].__module__, fromlist=["_"]).__doc__
    assert "arXiv:" in text
    assert "Departures" in text


@pytest.mark.parametrize("name", list(METHODS))
def test_live_parameters_change_and_others_do_not(name):
    method = build(name)
    for info in method.info.params:
        other = another_value(info)
        if info.live:
            assert method.set_param(info.name, other) == (info.default, other)
            assert getattr(method.params, info.name) == other
            method.set_param(info.name, info.default)
        else:
            with pytest.raises(SpecError, match="cannot change while a run trains"):
                method.set_param(info.name, other)
            assert getattr(method.params, info.name) == info.default


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("tua", 1, "no parameter 'tua'"),
        ("tau", 5.0, "out of range"),
        ("tau", "x", "does not fit"),
        ("negatives", 1, "does not fit"),
    ],
)
def test_what_does_not_fit_changes_nothing(name, value, why):
    method = build("simclr")
    before = dataclasses.replace(method.params)
    with pytest.raises(SpecError, match=why):
        method.set_param(name, value)
    assert method.params == before


def test_foreign_params_are_refused():
    encoder = Encoder(build_backbone("resnet_w16", 32), (0.5, 0.5, 0.5), (0.2, 0.2, 0.2))
    with pytest.raises(TypeError, match="its own Params"):
        METHODS["simclr"](encoder, object())


def test_encode_keeps_the_order_of_views_of_several_sizes():
    """Recipes of two sizes: equal sizes share a pass, and the rows come back in the order of the recipes."""
    method = build("simclr").eval()
    large, small, more = torch.rand(2, 3, 3, 32, 32), torch.rand(4, 3, 3, 16, 16), torch.rand(1, 3, 3, 32, 32)
    passes: list[int] = []
    method.encoder.register_forward_hook(lambda module, inputs, output: passes.append(len(output)))
    h = method.encode([large, small, more])
    assert passes == [9, 12]
    expected = torch.cat([method.encoder(view.flatten(0, 1)) for view in (large, small, more)])
    torch.testing.assert_close(h, expected, rtol=1e-4, atol=1e-5)
