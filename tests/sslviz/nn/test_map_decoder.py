"""A feature map becomes an image again."""

import pytest
import torch

from sslviz.nn.map_decoder import ChannelwiseLinear, MapDecoder


@pytest.mark.parametrize(
    ("grid", "size"), [((4, 4), (32, 32)), ((8, 8), (32, 32)), ((3, 5), (42, 70)), ((2, 2), (2, 2))]
)
@pytest.mark.parametrize("channelwise", [True, False])
def test_its_size_is_the_images(grid, size, channelwise):
    decoder = MapDecoder(6, grid, size, 32, channelwise=channelwise)
    assert decoder(torch.rand(2, 6, *grid)).shape == (2, 3, *size)


def test_the_channelwise_layer_mixes_places_and_no_channels():
    layer = ChannelwiseLinear(3, (2, 2))
    x = torch.rand(1, 3, 2, 2)
    other = x.clone()
    other[0, 1, 0, 0] += 1
    differs = (layer(other) - layer(x)).abs()
    assert (differs[0, 1] > 0).all()
    assert (differs[0, [0, 2]] == 0).all()


def test_the_channelwise_layer_is_a_matrix_for_each_channel():
    layer = ChannelwiseLinear(2, (1, 3))
    x = torch.rand(4, 2, 1, 3)
    expected = torch.stack([x[:, c, 0] @ layer.weight[c] + layer.bias[c] for c in range(2)], dim=1)
    torch.testing.assert_close(layer(x), expected.view(4, 2, 1, 3))


def test_a_pixel_far_away_matters_only_with_the_channelwise_layer():
    far = {}
    for channelwise in (True, False):
        with torch.random.fork_rng():
            torch.manual_seed(0)
            decoder = MapDecoder(8, (8, 8), (64, 64), 16, channelwise=channelwise).eval()
        x = torch.rand(1, 8, 8, 8)
        other = x.clone()
        other[0, :, 0, 0] += 1
        far[channelwise] = float((decoder(other) - decoder(x))[0, :, -8:, -8:].abs().max())
    assert far[True] > 0
    assert far[False] == 0
