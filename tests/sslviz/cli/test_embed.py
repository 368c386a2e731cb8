"""embed: a map as a picture, as arrays and as JSON; what it says of itself; what it refuses."""

import json

import numpy as np
import pytest
from PIL import Image

import sslviz.engine.models
from sslviz.cli.embed_file import as_plain
from sslviz.cli.embed_page import map_page, thumbnails
from sslviz.cli.figure import save
from sslviz.cli.palette import PALETTES
from sslviz.data.base import ImageData
from sslviz.spec.mapping import ABOUT, Coloured, LayoutPlan, Mapped, MapScores
from tests.sslviz.inspect import networks

DATA = ("--data", "shapes", "--set", "data.preset=lesson", "--set", "data.count=120", "--set", "data.image_size=32",
        "--split", "train", "--method", "pca")  # fmt: skip


@pytest.fixture
def embed(command, monkeypatch):
    """Maps shapes by one small random network instead of a file."""
    model = networks.transformer()
    monkeypatch.setattr(sslviz.engine.models, "open_reference", lambda ref: model)
    return lambda *words: command("embed", "vit", *words)


def map_of(points, **changes) -> Mapped:
    """A map of so many points of noise, or of these points."""
    if isinstance(points, int):
        points = np.random.default_rng(0).normal(size=(points, 2)).astype(np.float32)
    count = len(points)
    known = {
        "description": networks.about(networks.PLAN), "points": points, "index": np.arange(count), "patch": np.full(count, -1),
        "label": np.full(count, -1), "names": (), "factors": (), "grid": (4, 4), "scores": MapScores(0.9, 0.5, 15, count),
        "kept": (), "total": count, "repeated": 0, "mark": "m", "caption": "what it is of", "notes": ("what was left out",),
    }  # fmt: skip
    return Mapped(**{**known, **changes})


def coloured(values, names=()) -> Coloured:
    return Coloured("label", np.asarray(values, np.float32), names, "class", "What a colour means.", "m")


def drawn_text(mapped, colours, tmp_path, layout=LayoutPlan("umap"), pictures=()):  # noqa: B008  frozen
    out = tmp_path / "map.svg"
    save(map_page(mapped, colours, layout, PALETTES["light"], pictures), out, 100)
    return out.read_text()


def test_a_picture_is_drawn_and_says_how_far_it_can_be_trusted(embed, tmp_path):
    result = embed(*DATA, "--images", "40", "--out", tmp_path / "map.png", "--dpi", "60")
    assert result.code == 0, result.err
    assert "Wrote" in result.out
    assert "Trustworthiness 0." in result.out
    with Image.open(tmp_path / "map.png") as picture:
        pixels = np.asarray(picture.convert("RGB"))
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20


def test_a_drawing_holds_its_words(embed, tmp_path):
    assert embed(*DATA, "--colour", "shape", "--thumbnails", "5", "--out", tmp_path / "map.svg").code == 0
    text = (tmp_path / "map.svg").read_text()
    for words in ("DINO ViT-test/8", "all 108 images, coloured by shape", ABOUT["pca"], "sha256 ababababab", "of the variance", "Trustworthiness"):  # fmt: skip
        assert words in text
    assert text.count("<image") == 5


def test_arrays_and_json_tell_the_same(embed, tmp_path):
    out = tmp_path / "map.npz"
    result = embed(*DATA, "--images", "30", "--colour", "hue", "--out", out, "--json")
    told = json.loads(result.out)
    with np.load(out) as file:
        assert np.allclose(file["points"], told["points"])
        assert file["index"].tolist() == told["index"]
        assert file["colour"].tolist() == told["colour"]["values"]
        assert file["colour_names"].tolist() == told["colour"]["names"]
        assert float(file["trustworthiness"]) == told["scores"]["trustworthiness"]
        assert str(file["caption"]) == told["caption"]
    assert (told["images"], told["total"]) == (30, 108)
    assert sum(told["variance_kept"]) < 1


def test_the_same_seed_gives_the_same_map_and_another_one_other_images(embed):
    first, again, other = (json.loads(embed(*DATA, "--images", "20", "--seed", seed, "--json").out) for seed in "007")
    assert first["points"] == again["points"]
    assert first["index"] != other["index"]


def test_a_run_is_mapped_on_its_own_data(command, finished_run):
    told = json.loads(command("embed", finished_run, "--split", "train", "--method", "pca", "--json").out)
    assert told["images"] == told["total"] > 20
    assert "shapes" in told["caption"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Nothing says which images"),
        (("--set", "count=100"), "Nothing says which images"),
        ((*DATA, "--layer", "7"), "There is no layer 7"),
        ((*DATA, "--layer", "all"), "A map is of one layer"),
        ((*DATA, "--neighbours", "1"), "neighbours = 1 is out of range"),
        ((*DATA, "--metric", "taxi"), "metric = 'taxi'"),
        ((*DATA, "--tokens", "projected"), "no projection head"),
        ((*DATA, "--colour", "smell"), "'smell'"),
        ((*DATA, "--colour", "loss"), "no image has a loss"),
        ((*DATA, "--images", "-1"), "--images -1 cannot be"),
        (("--data", "nowhere"), "no data set, folder or zip called 'nowhere'"),
    ],
)
def test_what_cannot_be_is_refused_with_the_remedy(embed, words, said):
    result = embed(*words, "--json")
    assert result.code != 0
    assert said in result.err
    assert len(result.err.splitlines()) == 2
    assert result.out == ""


@pytest.mark.parametrize(("out", "said"), [("map.gif", "no kind of file"), ("nowhere/map.png", "no folder")])
def test_where_it_cannot_go_is_refused_before_anything_is_opened(embed, tmp_path, out, said):
    assert said in embed("--out", tmp_path / out).err


def test_nothing_asked_for_is_an_error(embed):
    assert "Nothing was asked for" in embed(*DATA).err


def test_more_names_than_looks_are_told_as_others(tmp_path):
    values = np.repeat(np.arange(100), 3)
    text = drawn_text(map_of(300), coloured(values, tuple(f"kind {k}" for k in range(100))), tmp_path)
    assert "others, unknown  60" in text
    assert "kind 79  3" in text


def test_names_stand_where_their_points_are_at_home(tmp_path):
    noise = np.random.default_rng(0).normal(size=(80, 2)).astype(np.float32)
    apart, mixed = noise.copy(), noise
    apart[40:] += 20
    colours = coloured(np.repeat((0, 1), 40), ("ants", "bees"))
    assert drawn_text(map_of(apart), colours, tmp_path).count(">bees<") == 1
    shuffled = coloured(np.tile((0, 1, 2, 3), 20), ("ants", "bees", "cats", "dogs"))
    assert ">bees<" not in drawn_text(map_of(mixed), shuffled, tmp_path)


def test_a_quantity_has_a_scale_and_what_is_unknown_is_no_error(tmp_path):
    values = np.linspace(0, 1, 50)
    values[:5] = np.nan
    assert ">class<" in drawn_text(map_of(50), coloured(values), tmp_path)
    assert "What a colour means." in drawn_text(map_of(50), coloured(np.full(50, np.nan)), tmp_path)
    assert "what was left out" in drawn_text(map_of(50), coloured(np.full(50, 3.0)), tmp_path)


def test_many_points_stay_a_small_drawing(tmp_path):
    drawn_text(map_of(20_000), coloured(np.arange(20_000) % 7, tuple("abcdefg")), tmp_path)
    assert (tmp_path / "map.svg").stat().st_size < 1_500_000


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_points_are_drawn_and_said(tmp_path, count):
    points = np.zeros((count, 2), np.float32)
    mapped = map_of(points, scores=MapScores(float("nan"), float("nan"), 0, 0))
    assert "too few different points" in drawn_text(mapped, coloured(np.zeros(count), ("a",)), tmp_path)
    assert as_plain(mapped, coloured(np.zeros(count)))["scores"]["agreement"] is None


def test_thumbnails_lie_apart_and_patches_show_themselves():
    pictures = np.arange(2 * 3 * 32 * 32, dtype=np.int64).reshape(2, 3, 32, 32).astype(np.uint8)
    images = ImageData("two", pictures, None, ())
    noise = map_of(500, index=np.zeros(500, np.int64))
    found = thumbnails(noise, images, 30)
    places = np.stack([noise.points[one.row] for one in found])
    apart = np.abs(places[:, None] - places[None]).max(-1)[~np.eye(len(found), dtype=bool)]
    assert len(found) == 30
    assert apart.min() >= 0.05 * np.ptp(noise.points, axis=0).max()
    (patch,) = thumbnails(map_of(1, index=np.array([1]), patch=np.array([6])), images, 5)
    assert np.array_equal(patch.pixels, pictures[1].transpose(1, 2, 0)[8:16, 16:24])
