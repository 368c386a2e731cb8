"""MAE's decoder: every patch in its place, mask tokens where nothing was seen."""

from __future__ import annotations

import torch

from sslviz.nn.masked_decoder import DecoderPlan, MaskedDecoder, decoder_of

PLAN = DecoderPlan(features=6, width=8, depth=2, heads=2, hidden=16, grid=(2, 3), outputs=5)


def made() -> MaskedDecoder:
    generator = torch.Generator().manual_seed(0)
    empty = MaskedDecoder(PLAN).state_dict()
    return decoder_of(PLAN, {name: torch.randn(t.shape, generator=generator) * 0.3 for name, t in empty.items()})


def test_visible_tokens_come_to_their_places() -> None:
    decoder, tokens = made(), torch.randn(1, 1 + 2, 6)
    keep, hidden = [4, 1], [0, 2, 3, 5]
    restore = torch.tensor([keep + hidden]).argsort(1)
    x = decoder._all_tokens(tokens, restore)[0]
    embedded = decoder.embed(tokens)[0]
    assert torch.equal(x[0], embedded[0])
    assert torch.equal(x[1 + 4], embedded[1])
    assert torch.equal(x[1 + 1], embedded[2])
    assert all(torch.equal(x[1 + place], decoder.mask_token[0, 0]) for place in hidden)


def test_the_order_of_visible_tokens_does_not_matter() -> None:
    decoder, tokens = made(), torch.randn(1, 1 + 2, 6)
    one = decoder(tokens, torch.tensor([[4, 1, 0, 2, 3, 5]]).argsort(1))
    other = decoder(tokens[:, [0, 2, 1]], torch.tensor([[1, 4, 0, 2, 3, 5]]).argsort(1))
    torch.testing.assert_close(one, other)
    assert one.shape == (1, 6, 5)


def test_attention_on_request() -> None:
    decoder, tokens, restore = made(), torch.randn(2, 1 + 2, 6), torch.arange(6).expand(2, -1)
    seen = decoder.run(tokens, restore, attention=(-1,))
    assert torch.equal(seen.patches, decoder(tokens, restore))
    assert seen.attention[-1].shape == (2, 2, 7, 7)
    row = decoder.run(tokens, restore, attention=(1,), queries=[3]).attention[1]
    torch.testing.assert_close(row, seen.attention[-1][:, :, [3]])
