"""kNN: DINO's votes, for any number of classes, images and neighbours."""

import math

import pytest
import torch

from sslviz.metrics import knn, knn_accuracy, knn_votes


def clusters(n: int, classes: int, d: int = 8, seed: int = 0, noise: float = 0.3):
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, d, generator=torch.Generator().manual_seed(99))
    labels = torch.randint(0, classes, (n,), generator=generator)
    return centres[labels] + noise * torch.randn(n, d, generator=generator), labels


def test_votes_are_the_loop():
    (bank, labels), (queries, _) = clusters(40, 4), clusters(6, 4, seed=1)
    bank, queries = bank.double(), queries.double()
    unit = torch.nn.functional.normalize
    s = unit(queries, dim=1) @ unit(bank, dim=1).T
    for row, votes in zip(s, knn_votes(bank, labels, queries, 5, 0.07, classes=4), strict=True):
        nearest = sorted(range(40), key=lambda k, row=row: -float(row[k]))[:5]
        expected = [
            sum(math.exp(float(row[k] - row.max()) / 0.07) for k in nearest if labels[k] == c) for c in range(4)
        ]
        assert votes.tolist() == pytest.approx(expected, rel=1e-9)


def test_separate_clusters_are_told_apart():
    bank, queries = clusters(200, 6), clusters(100, 6, seed=1)
    top1, top5 = knn_accuracy(*bank, *queries)
    assert top1 > 0.95
    assert top5 >= top1


def test_labels_without_meaning_give_chance():
    bank, queries = clusters(500, 5), clusters(500, 5, seed=1)
    shuffled = queries[1][torch.randperm(500, generator=torch.Generator().manual_seed(3))]
    assert knn_accuracy(*bank, queries[0], shuffled)[0] == pytest.approx(0.2, abs=0.08)


@pytest.mark.parametrize("names", [[7, 100], [-5, 3], [0, 1_000_000]])
def test_labels_are_any_integers(names):
    bank, labels = clusters(50, 2)
    names = torch.tensor(names)
    assert knn_accuracy(bank, names[labels], bank, names[labels], k=1) == (1.0, 1.0)


def test_a_class_that_the_bank_lacks_is_always_wrong():
    bank, labels = clusters(50, 3)
    queries = bank[:10]
    assert knn_accuracy(bank, labels, queries, torch.full((10,), 3)) == (0.0, 0.0)


def test_fewer_images_than_neighbours():
    bank, labels = clusters(4, 2, noise=0.01)
    assert knn_accuracy(bank, labels, bank, labels, k=20)[0] == 1.0


def test_two_classes_have_a_top5_all_the_same():
    """Only classes with a vote count: with one neighbour, top5 is top1."""
    bank, queries = clusters(60, 2, noise=3.0), clusters(60, 2, seed=1, noise=3.0)
    top1, top5 = knn_accuracy(*bank, *queries, k=1)
    assert top1 == top5 < 1.0


def test_the_smallest_temperature_does_not_overflow():
    bank, queries = clusters(300, 10, noise=0.6), clusters(200, 10, seed=1, noise=0.6)
    single = knn_accuracy(*bank, *queries, temperature=0.01)
    double = knn_accuracy(bank[0].double(), bank[1], queries[0].double(), queries[1], temperature=0.01)
    assert single == double
    assert torch.isfinite(knn_votes(bank[0], bank[1], queries[0], 20, 0.01, classes=10)).all()


def test_opposite_neighbours_still_have_a_vote_at_the_smallest_temperature():
    bank, labels = torch.tensor([[1.0, 0.0], [-1.0, 0.0]]), torch.tensor([0, 1])
    assert knn_accuracy(bank, labels, torch.tensor([[1.0, 0.0]]), torch.tensor([1]), k=2, temperature=0.01) == (
        0.0,
        1.0,
    )


def test_chunks_change_nothing(monkeypatch):
    bank, queries = clusters(100, 5), clusters(37, 5, seed=1)
    whole = knn_votes(*bank, queries[0], classes=5)
    monkeypatch.setattr(knn, "CHUNK", 700)
    torch.testing.assert_close(knn_votes(*bank, queries[0], classes=5), whole)


def test_an_empty_bank_is_refused():
    with pytest.raises(ValueError, match="at least one labelled image"):
        knn_accuracy(torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), torch.ones(2, 4), torch.zeros(2))


def test_no_queries_give_nan():
    bank, labels = clusters(10, 2)
    assert all(math.isnan(value) for value in knn_accuracy(bank, labels, bank[:0], labels[:0]))


def test_votes_of_others_leave_the_point_and_its_group_out(monkeypatch):
    features, labels = clusters(30, 3)
    groups = torch.arange(30) // 2  # two by two
    monkeypatch.setattr(knn, "CHUNK", 30 * 7)
    chunks = list(knn.votes_of_others(features, labels, groups, 5, classes=3))
    assert [len(chunk) for chunk in chunks] == [7, 7, 7, 7, 2]
    for row, votes in enumerate(torch.cat(chunks)):
        others = groups != groups[row]
        wanted = knn_votes(features[others], labels[others], features[row : row + 1], 5, classes=3)[0]
        assert torch.allclose(votes, wanted, rtol=1e-5)


def test_who_has_no_others_gets_no_votes():
    features, labels = clusters(4, 2)
    (votes,) = knn.votes_of_others(features, labels, torch.zeros(4), classes=2)
    assert votes.tolist() == [[0, 0]] * 4
    (votes,) = knn.votes_of_others(features[:3], torch.tensor([0, 1, 1]), torch.arange(3), classes=2)
    assert (votes > 0).tolist() == [[False, True], [True, True], [True, True]]
