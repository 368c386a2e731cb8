"""Diagnosis: what it says of runs whose outcome is known."""

import math

import pytest

from sslviz.metrics import diagnose
from sslviz.metrics.diagnosis import SLIP, WINDOW

CHANCE = [("loss", "chance ln(2N−1)", 6.24)]
BASELINES = [("knn", "random weights", 0.27), ("knn", "raw pixels", 0.30)]
MEASURES = ("loss", "knn", "std", "uniformity", "rankme")

# SimCLR, width-16 ResNet, CIFAR-10, batch 256, d = 128, measured at steps 0, 10, 20, 40, 80, 160.
INTACT = (
    (math.nan, 0.266, 0.22, -0.21, 13),
    (6.04, 0.293, 0.51, -0.98, 50),
    (5.77, 0.292, 0.69, -1.74, 59),
    (5.49, 0.347, 0.87, -2.54, 59),
    (4.98, 0.389, 0.96, -2.92, 54),
    (4.82, 0.430, 0.98, -3.18, 55),
)
NO_NEGATIVES = (
    (math.nan, 0.266, 0.22, -0.21, 13),
    (2.12, 0.299, 0.53, -1.05, 51),
    (1.07, 0.292, 0.53, -1.07, 43),
    (0.14, 0.310, 0.18, -0.14, 12),
    (0.02, 0.282, 0.08, -0.03, 6),
    (0.01, 0.254, 0.05, -0.01, 5),
)

# The next: shapes, width-16 ResNet, batch 128, d = 128, a switch flipped at step 160 (BYOL: 200), measured every ten steps
# from there.

BYOL_WITHOUT_STOP_GRADIENT = (
    (1.13, 0.215, 0.705, -1.32, 17.4),
    (1.10, 0.188, 0.722, -1.45, 17.0),
    (0.245, math.nan, 0.143, -0.10, 2.9),
    (0.048, math.nan, 0.141, -0.10, 2.0),
    (0.032, math.nan, 0.097, -0.05, 1.8),
    (0.018, math.nan, 0.059, -0.02, 1.7),
)
SIMSIAM_WITHOUT_STOP_GRADIENT = (
    (-0.749, math.nan, 0.635, -0.82, 11.8),
    (-0.671, 0.217, 0.620, -0.71, 6.5),
    (-0.966, math.nan, 0.158, -0.11, 2.3),
    (-0.986, math.nan, 0.086, -0.03, 2.2),
    (-0.993, math.nan, 0.050, -0.01, 2.1),
)
VICREG_WITHOUT_VARIANCE = (
    (20.26, math.nan, 0.837, -1.94, 36.8),
    (20.16, 0.177, 0.854, -2.06, 35.5),
    (0.356, math.nan, 0.716, -1.69, 42.1),
    (0.105, math.nan, 0.545, -1.04, 39.3),
    (0.056, math.nan, 0.449, -0.72, 41.2),
    (0.027, math.nan, 0.370, -0.49, 44.0),
    (0.019, 0.209, 0.332, -0.39, 43.0),
    (0.015, math.nan, 0.286, -0.30, 41.5),
    (0.013, math.nan, 0.286, -0.30, 42.0),
    (0.010, math.nan, 0.268, -0.26, 41.1),
    (0.008, math.nan, 0.248, -0.23, 39.6),
    (0.007, 0.215, 0.248, -0.23, 39.9),
)
BARLOW_WITHOUT_OFF_DIAGONAL = (
    (63.99, math.nan, 0.925, -2.11, 29.5),
    (52.77, 0.214, 0.932, -2.30, 31.1),
    (34.86, math.nan, 0.936, -2.13, 22.6),
    (31.28, math.nan, 0.972, -2.05, 18.5),
    (42.62, math.nan, 0.954, -1.78, 16.0),
    (26.51, math.nan, 0.970, -1.86, 15.3),
    (29.19, 0.195, 0.958, -1.76, 14.2),
    (33.87, math.nan, 0.942, -1.60, 11.3),
    (23.76, math.nan, 0.976, -1.44, 10.0),
    (29.37, math.nan, 0.962, -1.40, 8.8),
    (21.61, math.nan, 0.973, -1.37, 8.5),
    (31.65, 0.186, 0.965, -1.39, 7.4),
    (23.17, math.nan, 0.966, -1.38, 7.5),
    (35.09, math.nan, 0.975, -1.32, 7.2),
    (33.20, math.nan, 0.976, -1.26, 6.3),
)


def told(rows, references=(), d=128, **now):
    """The verdict after the last of `rows`, whose values `now` replaces."""
    columns = {name: list(values) for name, values in zip(MEASURES, zip(*rows, strict=True), strict=True)}
    latest = {name: values[-1] for name, values in columns.items() if math.isfinite(values[-1])} | now
    return diagnose(latest, {name: values[:-1] for name, values in columns.items()}, d, references=references)


def themes(rows, references):
    return [told(rows[: k + 1], references)[1].partition(":")[0] for k in range(len(rows))]


def test_an_intact_run_is_never_alarmed():
    levels = [told(INTACT[: k + 1], CHANCE + BASELINES)[0] for k in range(len(INTACT))]
    assert "warning" not in levels
    assert levels[-1] == "good"


def test_an_intact_run_is_told_with_its_numbers():
    assert themes(INTACT, CHANCE + BASELINES)[-3:] == ["Learning"] * 3
    text = told(INTACT, CHANCE + BASELINES)[1]
    assert "43%" in text
    assert "27%" in text


def test_collapse_is_told_while_it_happens_and_after():
    assert themes(NO_NEGATIVES, BASELINES)[3:] == ["Collapsing", "Collapsed", "Collapsed"]
    level, text = told(NO_NEGATIVES, BASELINES)
    assert level == "warning"
    assert "0.05" in text


@pytest.mark.parametrize("rows", [NO_NEGATIVES[2:], BYOL_WITHOUT_STOP_GRADIENT, SIMSIAM_WITHOUT_STOP_GRADIENT])
def test_the_fall_onto_one_point_is_called_complete_collapse(rows):
    spoken = [told(rows[: k + 1], BASELINES) for k in range(2, len(rows))]
    assert all(level == "warning" and "complete collapse" in text for level, text in spoken)


def test_a_fall_that_slows_down_is_still_one():
    """Ten steps after the flip it shows too little, from twenty on it is told without a break."""
    rows = VICREG_WITHOUT_VARIANCE
    spoken = [told(rows[: k + 1], BASELINES) for k in range(len(rows))]
    assert all(level != "warning" for level, _ in spoken[:3])
    assert all(level == "warning" and "complete collapse" in text for level, text in spoken[3:])


def test_the_loss_of_directions_is_called_dimensional_collapse():
    rows = BARLOW_WITHOUT_OFF_DIAGONAL
    spoken = [told(rows[: k + 1], BASELINES) for k in range(len(rows))]
    assert all(level != "warning" for level, _ in spoken[:3]), "the flip was after the second"
    assert all(level == "warning" and "dimensional collapse" in text for level, text in spoken[3:])
    assert [text.partition(":")[0] for _, text in spoken[3:]] == ["Flattening"] * 8 + ["Flattened"] * 4


def test_a_rank_that_falls_while_images_still_spread_out_is_no_alarm():
    """The first seconds of BYOL and SimSiam: the rank of an untrained network was noise."""
    byol = [(3.38, 0.19, 0.64, -1.4, 55.8), (2.20, 0.2, 0.70, -1.6, 44.6), (1.38, 0.2, 0.74, -1.4, 18.9)]
    simsiam = [(-0.03, 0.19, 0.45, -0.7, 48.6), (-0.20, 0.2, 0.82, -2.3, 58.6), (-0.45, 0.2, 0.83, -1.8, 26.1)]
    for rows in (byol, simsiam):
        assert all(told(rows[: k + 1], BASELINES)[0] != "warning" for k in range(len(rows)))


def test_uniformity_alone_shows_collapse():
    assert told([(1.0, 0.3, 0.9, -2.0, 30)] * 3, uniformity=-0.01)[1].startswith("Collapsed")


def test_an_untrained_network_that_lies_close_is_no_collapse():
    assert told([(math.nan, 0.3, 0.1, -0.05, 13)])[1].startswith("Too early")


def test_recovery_is_told():
    rows = [*NO_NEGATIVES, (5.9, 0.26, 0.07, -0.02, 5), (5.8, 0.27, 0.12, -0.05, 9)]
    assert told(rows)[1].startswith("Spreading out")


def test_few_directions_at_full_spread():
    level, text = told([(3.0, 0.3, 0.9, -2.0, 30), (2.9, 0.3, 0.9, -2.0, 20)], rankme=2.3)
    assert level == "warning"
    assert "2 of 128 directions" in text


def test_few_directions_are_no_finding_where_there_are_few():
    assert "directions" not in told([(3.0, 0.3, 0.9, -2.0, 3)] * 3, d=3, rankme=1.9)[1]


@pytest.mark.parametrize(
    ("now", "what"), [({"loss": math.nan}, "loss"), ({"loss": math.inf}, "loss"), ({"grad_norm": math.nan}, "gradient")]
)
def test_divergence_comes_before_everything(now, what):
    level, text = told(NO_NEGATIVES, **now)
    assert (level, text[:8]) == ("warning", "Diverged")
    assert what in text


def test_a_loss_that_was_not_measured_is_no_divergence():
    assert not diagnose({"std": 0.9}, {}, 128)[1].startswith("Diverged")


def test_loss_at_chance():
    assert (
        told([(6.24, 0.27, 0.5, -1.0, 30)] * 2, CHANCE)[1]
        == "Not learning yet: the loss is 6.24, and guessing gives 6.24."
    )
    assert not told([(6.24, 0.27, 0.5, -1.0, 30)] * 2, CHANCE, loss=6.0)[1].startswith("Not learning")


def test_shortcut_is_a_solved_task_without_neighbours():
    rows = [(1.9, 0.27, 0.9, -3.0, 40)] * (WINDOW + 1)
    level, text = told(rows, BASELINES, top1=0.97)
    assert (level, text[:8]) == ("warning", "Shortcut")
    assert "97%" in text
    assert not told(rows, BASELINES, top1=0.5)[1].startswith("Shortcut")
    assert not told(rows, BASELINES, top1=0.97, knn=0.4)[1].startswith("Shortcut")


def test_shortcut_is_a_pretext_task_solved_by_something_else_than_content():
    rows = [(0.02, 0.27, 0.9, -3.0, 40)] * (WINDOW + 1)
    level, text = told(rows, BASELINES, accuracy=0.99)
    assert (level, text[:8]) == ("warning", "Shortcut")
    assert "task is solved in 99% of cases" in text
    assert not told(rows, BASELINES, accuracy=0.8)[1].startswith("Shortcut")
    assert not told(rows, BASELINES, accuracy=0.99, knn=0.4)[1].startswith("Shortcut")


def test_slipping_is_more_than_luck():
    best = max(row[1] for row in INTACT)
    level, text = told([*INTACT, INTACT[-1]], BASELINES, knn=best - SLIP - 0.01)
    assert (level, text[:8]) == ("note", "Slipping")
    assert not told([*INTACT, INTACT[-1]], BASELINES, knn=best - SLIP + 0.01)[1].startswith("Slipping")


@pytest.mark.parametrize(("last", "theme"), [(4.0, "Learning"), (4.98, "Settled")])
def test_without_labels_the_loss_decides(last, theme):
    rows = [(5.0 - 0.001 * k, math.nan, 0.9, -2.5, 40) for k in range(10)]
    assert told(rows, loss=last)[1].startswith(theme)


def test_two_measurements_are_enough_for_a_falling_loss_but_not_for_a_settled_one():
    assert diagnose({"loss": 5.2}, {"loss": [6.25]}, 128)[1] == "Learning: the loss fell from 6.25 to 5.20."
    assert diagnose({"loss": 6.24}, {"loss": [6.25]}, 128)[1].startswith("Too early")


def test_nothing_known_is_said_to_be_nothing():
    assert diagnose({}, {}, 128) == ("note", "Too early to say: the first measurements are on their way.")


def test_one_short_sentence_whatever_happens():
    for rows in (INTACT, NO_NEGATIVES):
        for k in range(len(rows)):
            text = told(rows[: k + 1], CHANCE + BASELINES)[1]
            assert len(text) < 160
            assert text.endswith(".")
            assert "nan" not in text


# --- prototypes --------------------------------------------------------------------------------------------------------

EVEN = [("teacher_entropy", "uniform ln K", math.log(256)), ("mean_entropy", "uniform ln K", math.log(256))]


def of_prototypes(mean_entropies, teacher_entropy=3.0, references=tuple(EVEN), **now):
    """The verdict on the last of these entropies of the mean use, in a run whose spread is fine."""
    *past, latest = mean_entropies
    measures = {"mean_entropy": latest, "teacher_entropy": teacher_entropy, "std": 0.9, "loss": 4.0, **now}
    history = {"mean_entropy": past, "std": [0.9] * len(past), "loss": [4.0] * len(past)}
    return diagnose(measures, history, 128, references=references)


def test_uniform_output_is_named_before_what_it_does_to_the_spread():
    level, text = of_prototypes([4.6, 5.5], teacher_entropy=5.54, std=0.05)
    assert level == "warning"
    assert "uniform output" in text
    assert "5.55" in text


@pytest.mark.parametrize("entropy", [0.0, 3.4, 4.9, 5.3])
def test_targets_with_an_opinion_are_not_uniform(entropy):
    assert "uniform" not in of_prototypes([4.6, 4.7], teacher_entropy=entropy)[1]


def test_uniform_output_needs_to_know_how_many_prototypes_there_are():
    assert "uniform" not in of_prototypes([4.6, 4.7], teacher_entropy=5.54, references=())[1]


def test_one_prototype_for_all_is_a_complete_collapse():
    """DINO without centring, width-16 ResNet, K = 256: entropies of the mean use over twenty seconds."""
    fall = [3.4, 3.4, 2.5, 1.4, 0.9, 0.35]
    said = [of_prototypes(fall[: k + 1], teacher_entropy=min(fall[k], 3.0)) for k in range(len(fall))]
    assert [level for level, _ in said] == ["note", "note", "warning", "warning", "warning", "warning"]
    assert [text.partition(":")[0] for _, text in said[2:]] == ["Collapsing", *["Collapsed"] * 3]
    assert all("complete collapse" in text for _, text in said[2:])


def test_an_untrained_network_that_knows_few_prototypes_has_not_collapsed():
    assert of_prototypes([1.2])[0] == "note"
    level, text = of_prototypes([0.7, 0.8, 1.2])
    assert level == "note"
    assert text.startswith("Spreading out")


def test_an_intact_sorting_is_never_alarmed():
    rise = [3.4, 3.3, 3.9, 4.4, 4.6, 5.4]
    assert all(of_prototypes(rise[: k + 1])[0] != "warning" for k in range(len(rise)))


# --- given targets -----------------------------------------------------------------------------------------------------

# MAE, ViT of width 128, single shapes on plain ground, 64 px, batch 64, after 0, 179, 357 and 709 steps.
MAE_ON_PLAIN_GROUND = (
    (math.nan, 0.578, 0.415, math.nan, 9.9),
    (0.636, 0.726, 0.381, math.nan, 12.0),
    (0.529, 0.716, 0.315, math.nan, 11.5),
    (0.426, 0.708, 0.226, math.nan, 10.4),
)


def test_features_that_lie_close_together_are_no_collapse_where_targets_are_given():
    *past, latest = (dict(zip(MEASURES, row, strict=True)) for row in MAE_ON_PLAIN_GROUND)
    history = {name: [row[name] for row in past] for name in MEASURES}
    lines = [("loss", "chance: the mean colour of all images", 1.0), ("knn", "random weights", 0.578)]
    assert diagnose(latest, history, 128, references=lines)[0] == "warning"
    level, text = diagnose(latest, history, 128, references=lines, can_collapse=False)
    assert level == "good"
    assert "71%" in text


def test_given_targets_that_are_not_learnt_are_told():
    lines = [("loss", "chance: the mean colour of all images", 1.0)]
    level, text = diagnose(
        {"loss": 0.995, "std": 0.1}, {"std": [0.5], "loss": [1.0]}, 128, references=lines, can_collapse=False
    )
    assert (level, text.partition(":")[0]) == ("note", "Not learning yet")
