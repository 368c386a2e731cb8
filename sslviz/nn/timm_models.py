"""Every network of timm by its name, without pretrained weights and without its classifier."""

from __future__ import annotations

import difflib
from typing import Any

import torch
from torch import nn

from sslviz.nn.errors import NetworkError
from sslviz.nn.sizes import check_patch, patch_size


def timm_backbone(name: str, image_size: int) -> nn.Module:
    """timm's model `name` for images of `image_size` pixels; `num_features` is what its forward pass really gives.

    Raises NetworkError for an unknown name (with close matches), for a size that does not fit, and for a model that does not
    map images to one vector each.
    """
    import timm

    base = name.split(".", maxsplit=1)[0]  # a tag such as ".augreg_in21k" names weights, and none are loaded
    if not timm.is_model(base):
        close = difflib.get_close_matches(base, timm.list_models(), n=5, cutoff=0.5)
        hint = f"Close to it: {', '.join('timm:' + match for match in close)}." if close else "See timm.list_models()."
        raise NetworkError(f"timm has no model called {name!r}.", hint, field="backbone")
    try:
        network = _create(base, image_size)
        _measure(network, name, image_size)
    except (AssertionError, ValueError, TypeError, RuntimeError) as error:
        raise NetworkError(
            f"timm:{name} does not work on images of {image_size} px: {error}.",
            "Choose another image size or another backbone.",
            field="backbone",
        ) from error
    return network


def _create(name: str, image_size: int) -> nn.Module:
    """Asks for the image size and for freedom of size as far as the model takes them: convolutional ones take neither."""
    import timm

    attempts: tuple[dict[str, Any], ...] = (
        {"img_size": image_size, "dynamic_img_size": True},
        {"img_size": image_size},
        {},
    )
    for keywords in attempts:
        try:
            network: nn.Module = timm.create_model(name, pretrained=False, num_classes=0, **keywords)
        except TypeError as error:
            if "unexpected keyword" not in str(error) or not keywords:
                raise
        else:
            return network
    raise AssertionError("the last attempt either returns or raises")


def _measure(network: nn.Module, name: str, image_size: int) -> None:
    """Sets `num_features` from one pass, because timm's own number leaves out what a model's head adds."""
    check_patch(f"timm:{name}", image_size, max(patch_size(network)))
    network.eval()
    with torch.no_grad():
        features = network(torch.zeros(1, 3, image_size, image_size))
    network.train()
    if not isinstance(features, torch.Tensor) or features.ndim != 2:
        raise NetworkError(
            f"timm:{name} does not give one vector an image.", "Choose a model for classification.", field="backbone"
        )
    network.__dict__["num_features"] = features.shape[1]  # past nn.Module's setter, whose type knows no numbers
