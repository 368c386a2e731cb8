"""Pictures for networks that do not take three channels: a grey copy for one channel, and a plain refusal for more than three."""

from __future__ import annotations

from torch import Tensor

from sslviz.inspect.errors import InspectError

WEIGHTS = (0.299, 0.587, 0.114)
"""Of red, green and blue in brightness (ITU-R BT.601), as Pillow has it."""


def fit_channels(images: Tensor, channels: int) -> Tensor:
    """Images (B, C, H, W) in [0, 1] as a network of `channels` takes them: colours become grey for one, grey becomes three equal ones.

    Raises InspectError where nothing that was not seen would do.
    """
    given = images.shape[1]
    if given == channels:
        return images
    if channels == 1 and given == 3:
        return (images * images.new_tensor(WEIGHTS)[:, None, None]).sum(1, keepdim=True)
    if channels == 3 and given == 1:
        return images.expand(-1, 3, -1, -1)
    raise InspectError(
        f"This network takes images of {channels} channels, and these have {given}.",
        "Give it tensors with all of its channels from Python (`sslviz.open_model(...).features(images)`), or open weights for RGB.",
    )


def channels_note(channels: int) -> str:
    """What happens to an RGB picture, "" where nothing does."""
    return "The network takes one channel: it was given the picture's brightness." if channels == 1 else ""
