"""Settings of training scripts in plain values, whatever held them."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from sslviz.checkpoints.reading import Placeholder, plain


def made(name: str, *args: Any, state: Any = None, items: Any = None) -> Placeholder:
    placeholder = Placeholder(name, args)
    placeholder.state, placeholder.items = state, items
    return placeholder


def test_namespace() -> None:
    inner = made("argparse.Namespace", state={"drop": 0.1})
    args = made("argparse.Namespace", state={"arch": "vit_small", "inner": inner, "betas": (0.9, 0.99), 3: None})
    assert plain(args) == {"arch": "vit_small", "inner": {"drop": 0.1}, "betas": [0.9, 0.99], "3": None}


def test_subclass_of_dict() -> None:
    assert plain(made("lightning.AttributeDict", items={"lr": 1})) == {"lr": 1}


def test_omegaconf_whose_parts_refer_to_each_other() -> None:
    config = made("omegaconf.dictconfig.DictConfig")
    node = made("omegaconf.nodes.AnyNode", state={"_parent": config, "_val": 0.3})
    config.state = {"_metadata": None, "_parent": None, "_content": {"lr": node}}
    assert plain(config) == {"lr": 0.3}


def test_single_values() -> None:
    values = {
        "precision": torch.bfloat16,
        "temperature": torch.tensor(0.5),
        "mode": made("app.Mode", "fast"),
        "folder": made("pathlib.PosixPath", "/", "data", "x"),
        "device": made("torch.device", "cuda", 0),
        "table": torch.ones(5),
        "evil": made("posix.system"),
    }
    want = {"precision": "bfloat16", "temperature": 0.5, "mode": "fast", "folder": "/data/x"}
    assert plain(values) == want


@pytest.mark.parametrize("thing", [None, 3, "text", [1], made("posix.system", "touch x"), torch.ones(3)])
def test_what_is_no_mapping(thing: Any) -> None:
    assert plain(thing) == {}


def test_circles_and_laughs_end() -> None:
    circle = made("a.B")
    circle.state = {"self": circle, "lr": 1}
    assert plain(circle)["lr"] == 1
    laughs: Any = [1]
    for _ in range(15):
        laughs = [laughs] * 10
    assert isinstance(plain({"a": laughs, "lr": 1}), dict)


def test_placeholder_says_what_it_stands_for() -> None:
    assert repr(made("posix.system", "x")) == "<posix.system, not loaded>"
