"""How hard an image is for a model: the loss of the model's own task, image by image."""

from __future__ import annotations

from sslviz.data.base import Array, ImageData
from sslviz.inspect.errors import InspectError
from sslviz.inspect.mapping import tasks
from sslviz.inspect.mapping.masked import masked_error
from sslviz.inspect.mapping.progress import Progress
from sslviz.inspect.mapping.tasks import Hardness
from sslviz.inspect.mapping.view_distance import view_distance
from sslviz.inspect.mapping.views import compares_views
from sslviz.inspect.model import Model
from sslviz.inspect.reconstruction import require_decoder
from sslviz.inspect.stopping import Stop
from sslviz.methods.base import Method
from sslviz.methods.clip import CLIP
from sslviz.methods.supervised import Supervised
from sslviz.nn.masked_decoder import MaskedDecoder


def hardness_of(model: Model, images: ImageData, index: Array, seed: int, progress: Progress, stop: Stop) -> Hardness:
    """Of the images with these numbers (m,). seed: of masks, views and puzzles.

    Masked autoencoders: the error of hidden patches. Own runs that are told something, or solve a puzzle: the loss of each
    image. Own runs that compare views: the distance between views of one image. Raises InspectError for a model whose task is not
    known; Cancelled.
    """
    method, config = model.loaded.method, model.loaded.config
    if isinstance(model.loaded.decoder, MaskedDecoder):
        return masked_error(model, images, index, seed, progress, stop)
    if isinstance(method, Supervised):
        return tasks.classification(model, method, images, index, progress, stop)
    if isinstance(method, CLIP):
        return tasks.captioning(model, method, images, index, progress, stop)
    if isinstance(method, Method) and method.info.family == "pretext":
        return tasks.puzzle(model, method, images, index, seed, progress, stop)
    if config is not None and compares_views(config):
        return view_distance(model, config, images, index, seed, progress, stop)
    raise _unknown(model)


def _unknown(model: Model) -> InspectError:
    about = model.describe()
    if about.family.startswith(("MAE", "ViTMAE")):
        try:
            require_decoder(model.loaded)
        except InspectError as error:
            return error
    if model.loaded.config is not None:
        cause = f"{about.title} was not trained on a task, so no image has a loss."
    else:
        cause = f"The file of {about.title} does not hold the task that it was trained on, so no image has a loss."
    return InspectError(
        cause,
        "Colour by kNN or k-means groups, or open a run of this program or a file of MAE with its decoder.",
        field="by",
    )
