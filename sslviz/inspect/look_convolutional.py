"""A convolutional network looks at a picture: it has no attention, but a feature map, whose places can be compared and covered."""

from __future__ import annotations

import torch

from sslviz.inspect.captions import layers_said
from sslviz.inspect.components import components
from sslviz.inspect.covering import occlusion
from sslviz.inspect.errors import InspectError
from sslviz.inspect.found import Found, array
from sslviz.inspect.layers import checked_layers
from sslviz.inspect.model import Model
from sslviz.inspect.pictures import Picture
from sslviz.inspect.sight import Sight
from sslviz.inspect.similarity import similarity
from sslviz.inspect.stopping import Stop
from sslviz.spec.events import Array
from sslviz.spec.inspection import CLASS_QUERY, Attend

HAS = ("pca", "similarity", "occlusion")
NO_ATTENTION = (
    "A convolutional network has no attention; its feature map is shown instead: components, similarity, occlusion."
)


@torch.inference_mode()
def look(model: Model, request: Attend, picture: Picture, sight: Sight, stop: Stop) -> Found:
    """What of `request.wants` it has, of the last of the stages asked for; the grid is that of the stage's map. Raises InspectError."""
    network, x = model.convolutional, model.prepare(picture.images)
    stage = checked_layers(request.layers, model.depth, "stage")[-1]
    stop()
    if stage not in sight.feature_maps:
        sight.feature_maps[stage] = network.feature_map(x, stage)[0]
    places = sight.feature_maps[stage]  # (D, h, w)
    grid = (places.shape[1], places.shape[2])
    features = places.flatten(1).T  # (h·w, D)
    arrays: dict[str, Array] = {}
    if "pca" in request.wants:
        found = components(features, grid)
        arrays |= {"pca": array(found.colours), "pca_first": array(found.first), "pca_kept": array(found.kept)}
    if "similarity" in request.wants:
        query = features.mean(0) if request.query == CLASS_QUERY else features[_place(request.query, grid)]
        arrays["similarity"] = array(similarity(features, query).view(grid))
    if "occlusion" in request.wants:
        arrays["occlusion"] = array(occlusion(network.pooled, x, (1, 1), stop))
    patch = (x.shape[2] // grid[0], x.shape[3] // grid[1])
    details = (layers_said((stage,), model.depth).replace("layer", "stage"), _said(request.query, grid))
    return Found(arrays, grid, patch, details, (NO_ATTENTION,) if set(request.wants) - set(HAS) else ())


def _place(query: int, grid: tuple[int, int]) -> int:
    if not 0 <= query < grid[0] * grid[1]:
        raise InspectError(
            f"There is no place {query} in a feature map of {grid[0]} × {grid[1]}.",
            "Click a place of the map, or choose the mean of all.",
            field="query",
        )
    return query


def _said(query: int, grid: tuple[int, int]) -> str:
    if query == CLASS_QUERY:
        return "query: pooled feature"
    return f"query: row {query // grid[1] + 1}, column {query % grid[1] + 1} of the map"
