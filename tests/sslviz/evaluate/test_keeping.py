"""Scores that are kept in a run's folder: measured again they take the place of what was there, and nothing else goes."""

import json

from sslviz.evaluate.keeping import is_shipped, joined
from sslviz.spec.places import shipped
from sslviz.training.comparing.evaluated import read_evaluation


def row(protocol, value, confusion=-1, **more):
    score = {"value": value, "lo": value - 0.1, "hi": value + 0.1}
    return {"model": "this run", "protocol": protocol, "layer": "h", "target": "class", "labels": 0, "setting": "", "score": score,
            "confusion": confusion, **more}  # fmt: skip


def report(*rows, confusions=(), step=12, data="shapes"):
    return {"step": step, "data": data, "rows": list(rows), "confusions": list(confusions)}


def test_rows_that_were_not_measured_again_stay_with_their_matrices():
    old = report(row("knn", 0.3, 0), row("linear", 0.4, 1), confusions=("of knn", "of linear"))
    new = report(row("knn", 0.5, 0), confusions=("of knn again",))
    found = joined(new, old)
    assert [(r["protocol"], r["score"]["value"]) for r in found["rows"]] == [("knn", 0.5), ("linear", 0.4)]
    assert [found["confusions"][r["confusion"]] for r in found["rows"]] == ["of knn again", "of linear"]


def test_a_row_of_another_setting_is_another_row():
    found = joined(
        report(row("knn", 0.5, setting="k 20")), report(row("knn", 0.3, setting="k 5"), row("knn", 0.2, labels=10))
    )
    assert len(found["rows"]) == 3


def test_scores_of_other_weights_or_images_give_way():
    new = report(row("knn", 0.5))
    for old in (report(row("linear", 0.4), step=6), report(row("linear", 0.4), data="cifar10"), {}):
        assert joined(new, old) == new


def test_models_that_ship_are_left_as_they_are(tmp_path):
    assert is_shipped(shipped("models") / "dino-shapes")
    assert not is_shipped(tmp_path)


def test_scores_of_older_weights_say_so(tmp_path):
    (tmp_path / "evaluation.json").write_text(json.dumps(report(row("knn", 0.5, setting="k 20"))))
    assert [m.note for last in (12, 40, -1) for m in read_evaluation(tmp_path, last)] == [
        "k 20",
        "k 20, after step 12",
        "k 20",
    ]
