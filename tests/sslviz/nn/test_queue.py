"""The ring: true wrap-around, ages, a change of length, and what a checkpoint keeps of it."""

import pytest
import torch

from sslviz.nn.queue import Queue


def numbered(first: int, count: int) -> torch.Tensor:
    """Rows (count, 2) that say which they are."""
    return torch.arange(first, first + count, dtype=torch.float32)[:, None].expand(-1, 2).contiguous()


def filled(size: int, pushes: list[int]) -> tuple[Queue, int]:
    """A queue after pushes of these numbers of rows, numbered from 1, and how many rows those were."""
    queue, total = Queue(size, 2), 0
    for step, count in enumerate(pushes, 1):
        queue.push(numbered(total + 1, count), step)
        total += count
    return queue, total


@pytest.mark.parametrize("pushes", [[4], [4, 4, 4], [3] * 11, [10, 10], [7, 9, 1], [25], [10, 33, 2]])
def test_it_holds_the_newest_rows_where_a_ring_puts_them(pushes):
    """Row number r (from 1) lies at place (r - 1) mod K, unless a newer one came there."""
    queue, total = filled(10, pushes)
    expected = [max((r for r in range(1, total + 1) if (r - 1) % 10 == place), default=0) for place in range(10)]
    assert queue.rows[:, 0].tolist() == expected
    assert int(queue.pointer) == total % 10
    assert bool(queue.full) == (total >= 10)
    newest = [max(total - k, 0) for k in range(10)]
    assert queue.newest_first()[:, 1].tolist() == newest


def test_rows_know_the_step_at_which_they_came():
    queue, _ = filled(10, [4, 4, 4])
    assert queue.born.tolist() == [3, 3, 1, 1, 2, 2, 2, 2, 3, 3]
    assert filled(6, [4])[0].born.tolist() == [1, 1, 1, 1, 0, 0]


@pytest.mark.parametrize(
    ("size", "held"), [(4, [9, 10, 11, 12]), (6, [7, 8, 9, 10, 11, 12]), (13, [0, 0, 0, *range(3, 13)])]
)
def test_another_length_keeps_the_newest_and_goes_on_after_them(size, held):
    queue, _ = filled(10, [4, 4, 4])
    queue.resize(size)
    assert queue.rows[:, 0].tolist() == held
    queue.push(numbered(13, 3), 4)
    assert sorted(queue.rows[:, 0].tolist()) == sorted([*held[3:], 13, 14, 15])
    assert queue.newest_first()[:3, 0].tolist() == [15, 14, 13]


def test_random_directions_have_unit_length_and_new_ones_draw_from_nobody():
    torch.manual_seed(0)
    queue, before = Queue(8, 16, random=True), torch.get_rng_state()
    queue.resize(200)
    torch.testing.assert_close(queue.rows.norm(dim=1), torch.ones(200))
    assert torch.equal(torch.get_rng_state(), before)
    assert (queue.rows @ queue.rows.T).fill_diagonal_(0).abs().max() < 0.999
    other = Queue(8, 16, random=True)
    other.resize(200)
    assert torch.equal(other.rows[:192], queue.rows[:192])
    assert not torch.equal(other.rows[192:], queue.rows[192:])


def test_a_checkpoint_keeps_the_length():
    queue, _ = filled(10, [4, 4, 4])
    queue.resize(7)
    other = Queue(10, 2)
    other.load_state_dict(queue.state_dict())
    assert len(other) == 7
    for target in (queue, other):
        target.push(numbered(13, 3), 4)
    assert all(torch.equal(a, b) for a, b in zip(queue.state_dict().values(), other.state_dict().values(), strict=True))


def test_rows_of_another_width_are_refused():
    with pytest.raises(RuntimeError, match="size mismatch"):
        Queue(10, 3).load_state_dict(Queue(10, 2).state_dict())


def test_rows_are_copied_without_their_gradient_and_in_the_queues_type():
    queue = Queue(4, 2)
    new = torch.ones(2, 2, dtype=torch.bfloat16, requires_grad=True)
    queue.push(new * 2, 1)
    assert not queue.rows.requires_grad
    assert queue.rows.dtype == torch.float32
    assert queue.rows.sum() == 8


@pytest.mark.parametrize("size", [0, -1])
def test_a_queue_without_places_is_refused(size):
    with pytest.raises(ValueError, match="at least one place"):
        Queue(size, 2)
    with pytest.raises(ValueError, match="at least one place"):
        Queue(3, 2).resize(size)
