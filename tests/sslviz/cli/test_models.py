"""describe, attention and reconstruct: what they print, what they draw, and the sentence for whatever cannot be."""

import json

import numpy as np
import pytest
from PIL import Image

import sslviz.engine.models
from sslviz.checkpoints.errors import CheckpointError
from sslviz.spec.description import Assumption
from tests.sslviz.inspect import networks


@pytest.fixture
def models(monkeypatch):
    """Small random networks by name instead of files."""
    opened = []

    def open_reference(ref, advance=None, cancelled=None):
        opened.append(ref)
        if ref.source == "bad.pth":
            raise CheckpointError("bad.pth is an HTML page.", "Download the file itself.")
        made = {"mae": networks.masked_autoencoder, "cnn": networks.convolutional}.get(
            ref.source, networks.transformer
        )()
        return made.with_random_weights() if ref.random else made

    monkeypatch.setattr(sslviz.engine.models, "open_reference", open_reference)
    return opened


@pytest.fixture
def photo(pictures):
    return pictures(1, size=40) / "0.png"


def drawn(path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB"))


# --- describe ---


def test_a_description_reads_as_lines(command, models, monkeypatch):
    about = networks.about(
        networks.PLAN, networks=("teacher", "student"), network="teacher", inferred=("Depth 3, by block numbers.",),
        assumed=(Assumption("heads", "2", "64 numbers a head", ("4", "8")),), unused=tuple(f"head.{k}" for k in range(20)),
        notes=("The head is not used.",), bytes=1_234_567, format="torch zip",
    )  # fmt: skip
    monkeypatch.setattr("sslviz.inspect.model.Model.describe", lambda model: about)
    said = command("describe", "some.pth").out
    for words in ("DINO ViT-test/8, teacher", "the file also holds student", "1.23 MB", "2 heads of 12", "Depth 3, by block",
                  "heads 2: 64 numbers a head; 4, 8 would fit too (--heads)", "unused tensors (20)", "and 8 more",
                  "The head is not used.", "ab" * 32):  # fmt: skip
        assert words in said
    plain = json.loads(command("describe", "some.pth", "--json").out)
    assert plain["unused"][19] == "head.19"
    assert plain["assumed"][0]["choices"] == ["4", "8"]


def test_a_convolutional_network_is_described_without_tokens(command, models):
    said = command("describe", "cnn").out
    assert "2 stages" in said
    assert "tokens" not in said


def test_wishes_reach_the_opener(command, models):
    command("describe", "x.pth", "--network", "student", "--heads", "4", "--snapshot", "200", "--random", "--download")
    (ref,) = models
    assert (ref.source, ref.network, ref.heads, ref.snapshot, ref.random, ref.download) == (
        "x.pth",
        "student",
        4,
        200,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [(("bad.pth",), "an HTML page"), (("x.pth", "--heads", "-3"), "--heads -3 cannot be"), ((), "SOURCE")],
)
def test_what_cannot_be_described_is_refused(command, models, words, said):
    result = command("describe", *words)
    assert result.code in (1, 2)
    assert said in result.err
    assert result.err.count("\n") == 2


# --- attention ---


def test_a_page_is_drawn_and_says_what_it_shows(command, models, photo, tmp_path):
    out = tmp_path / "page.svg"
    result = command(
        "attention", "vit", photo, "--out", out, "--layer", "1,last", "--show", "maps,rollout,pca,overview,norms,masks"
    )
    assert result.out == f"Wrote {out}.\n"
    said = out.read_text()
    for words in ("DINO ViT-test/8", "sha256 ababababab", "0.png", "layers 1, 3 of 3", "query: class token", "head 2", "60% of the mass",
                  "rollout", "PCA", "entropy", "masking test", "not why it decides"):  # fmt: skip
        assert words in said


def test_pages_differ_as_what_they_show_does(command, models, photo, tmp_path):
    words = ("attention", "vit", photo, "--dpi", "60")
    for name, more in (
        ("a", ()),
        ("b", ("--head", "2")),
        ("c", ("--query", "2,3")),
        ("d", ("--random",)),
        ("e", ("--theme", "dark")),
    ):
        assert command(*words, "--out", tmp_path / f"{name}.png", *more).code == 0
    pages = [drawn(tmp_path / f"{name}.png") for name in "abcde"]
    assert all(page.std() > 5 for page in pages)
    assert len({page.tobytes() for page in pages}) == 5
    assert pages[4].mean() < pages[0].mean() - 50


def test_a_folder_gets_one_page_a_picture(command, models, pictures, tmp_path):
    folder = pictures(3, size=40)
    assert command("attention", "vit", folder, "--out", tmp_path / "maps", "--dpi", "50").code == 0
    assert sorted(path.name for path in (tmp_path / "maps").iterdir()) == [f"{k}_attention.png" for k in range(3)]
    assert command("attention", "vit", folder, "--out", tmp_path / "one.png", "--dpi", "50").code == 0
    one, each = drawn(tmp_path / "one.png"), drawn(tmp_path / "maps" / "0_attention.png")
    assert one.shape[0] > 2 * each.shape[0]


def test_all_numbers_are_printed_as_json(command, models, photo):
    (found,) = json.loads(command("attention", "vit", photo, "--json", "--size", "32x48", "--layer", "all").out)
    assert found["layers"] == [1, 2, 3]
    assert found["grid"] == [4, 6]
    maps = np.array(found["maps"])
    assert maps.shape == (3, 2, 4, 6)
    np.testing.assert_allclose(maps.sum((2, 3)) + np.array(found["prefix"])[..., 0], 1, atol=1e-5)
    assert found["jaccard"] == [[None] * 2] * 3  # no mask
    assert found["sha256"] == "ab" * 32


def test_pictures_with_masks_are_scored(command, models, tmp_path):
    words = ("attention", "vit", "sample:shapes 1", "sample:china", "--out", tmp_path / "two.svg", "--json")
    scenes, china = json.loads(command(*words).out)
    assert np.isfinite(scenes["jaccard"]).all()
    assert china["jaccard"] == [[None, None]]
    said = (tmp_path / "two.svg").read_text()
    assert "mask of the data" in said
    assert f"head 1, IoU {scenes['jaccard'][0][0]:.2f}" in said


def test_images_of_a_data_set_are_named_by_number(command, models, pictures):
    folder = pictures(20, size=32)
    (found,) = json.loads(command("attention", "vit", f"{folder}:1", "--json").out)
    assert found["picture"] == "pictures 1"
    assert "validation image 1" in found["caption"]
    refused = command("attention", "vit", f"{folder}:99", "--json")
    assert "no validation image 99" in refused.err


def test_a_convolutional_network_draws_what_it_has(command, models, photo, tmp_path):
    assert command("attention", "cnn", photo, "--out", tmp_path / "page.svg").code == 0
    said = (tmp_path / "page.svg").read_text()
    assert "occlusion" in said
    assert "PCA" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.png", "--json"), "no picture called nowhere.png"),
        (("sample:dog", "--json"), "no sample called 'dog'"),
        (("PHOTO",), "Nothing was asked for"),
        (("PHOTO", "--json", "--layer", "9"), "no layer 9"),
        (("PHOTO", "--json", "--layer", "first"), "names no layer"),
        (("PHOTO", "--json", "--head", "7"), "no head 7"),
        (("PHOTO", "--json", "--query", "9,9"), "no patch in row 9"),
        (("PHOTO", "--json", "--query", "centre"), "names no token"),
        (("PHOTO", "--json", "--query", "register3"), "no registers"),
        (("PHOTO", "--json", "--threshold", "60"), "no share"),
        (("PHOTO", "--json", "--size", "big"), "is no size"),
        (("PHOTO", "--json", "--size", "90000"), "of memory"),
        (("PHOTO", "--json", "--show", "dreams"), "nothing called 'dreams'"),
        (("PHOTO", "--out", "page.doc"), "no kind that can be drawn"),
        (("PHOTO", "--out", "page.png", "--dpi", "7"), "dots an inch"),
        (("TEXT", "--json"), "cannot be used as a picture"),
        (("EMPTY", "--json"), "holds no pictures"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(command, models, photo, tmp_path, words, said):
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("not a picture")
    places = {"PHOTO": photo, "TEXT": tmp_path / "text.png", "EMPTY": tmp_path / "empty"}
    result = command("attention", "vit", *(places.get(word, word) for word in words))
    assert result.code in (1, 2)
    assert said in result.err
    assert result.err.count("\n") == 2, result.err


# --- reconstruct ---


def test_painted_patches_are_drawn_and_counted(command, models, photo, tmp_path):
    out = tmp_path / "page.svg"
    assert command("reconstruct", "mae", photo, "--ratio", "0.5", "--seed", "4", "--out", out).code == 0
    said = out.read_text()
    for words in ("8 of 16 patches hidden", "original", "pasted", "error, 0 to", "sha256"):
        assert words in said
    (found,) = json.loads(command("reconstruct", "mae", photo, "--ratio", "0.5", "--seed", "4", "--json").out)
    assert np.array(found["hidden"]).sum() == 8
    errors = np.array(found["errors"], float)
    assert np.isnan(errors).sum() == 8
    assert found["loss"] == pytest.approx(np.nanmean(errors), rel=1e-4)
    (raw,) = json.loads(command("reconstruct", "mae", photo, "--normalised", "--json").out)
    assert any("mean and deviation" in note for note in raw["notes"])


def test_a_mask_says_what_is_hidden(command, models, photo, tmp_path):
    mask = np.zeros((100, 100), np.uint8)
    mask[:50] = 255
    Image.fromarray(mask).save(tmp_path / "mask.png")
    (found,) = json.loads(command("reconstruct", "mae", photo, "--mask", tmp_path / "mask.png", "--json").out)
    assert found["hidden"] == [[True] * 4] * 2 + [[False] * 4] * 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("vit", "PHOTO", "--json"), "no decoder"),
        (("mae", "PHOTO", "--json", "--ratio", "75"), "no share of the patches"),
        (("mae", "PHOTO", "--json", "--mask", "PHOTO"), "patch"),
        (("mae", "PHOTO", "--json", "--mask", "nowhere.png"), "cannot be read"),
        (("mae", "PHOTO"), "Nothing was asked for"),
        (("mae", "PHOTO", "--raw", "--normalised", "--json"), "not allowed with"),
    ],
)
def test_what_cannot_be_painted_is_refused(command, models, photo, tmp_path, words, said):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "black.png")
    places = {"PHOTO": photo}
    if "--mask" in words and words[-1] == "PHOTO":
        words = (*words[:-1], tmp_path / "black.png")
    result = command("reconstruct", *(places.get(word, word) for word in words))
    assert result.code in (1, 2)
    assert said in result.err


def test_the_commands_say_how_they_are_used(command):
    for name in ("describe", "attention", "reconstruct", "features"):
        said = command(name, "--help").out
        assert "examples:" in said
        assert f"sslviz {name}" in said
