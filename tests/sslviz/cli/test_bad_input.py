"""Whatever is wrong with what the user gives: one clear sentence with the remedy, and nothing lost."""

import io
import shutil
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sslviz.engine.record import open_run
from tests.sslviz.without_rights import python_without_rights


def png(size=16) -> bytes:
    out = io.BytesIO()
    Image.fromarray(np.full((size, size, 3), 90, np.uint8)).save(out, "PNG")
    return out.getvalue()


def folder_of(tmp_path, **files: bytes) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    return folder


def zip_of(tmp_path, files: dict[str, bytes]) -> Path:
    path = tmp_path / "given.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def bomb(tmp_path) -> Path:
    """Pictures of 20,000 x 20,000 px in a few kilobytes: over 1 GB each when decoded."""
    out = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(out, "PNG")
    return zip_of(tmp_path, {f"{k}.png": out.getvalue() for k in range(3)})


def truncated_zip(tmp_path) -> Path:
    path = zip_of(tmp_path, {"a.png": png()})
    path.write_bytes(path.read_bytes()[:-30])
    return path


DATA = {
    "an empty folder": (folder_of, "is empty."),
    "a folder of text files": (lambda t: folder_of(t, a_txt=b"words", b_md=b"words"), "no image"),
    "corrupt images": (lambda t: folder_of(t, a_png=b"no image", b_jpg=b"\xff\xd8 no"), "None of the 2 images"),
    "truncated images": (lambda t: folder_of(t, a_png=png()[:40], b_png=png()[:50]), "None of the 2 images"),
    "one image": (lambda t: folder_of(t, a_png=png()), "only 1 readable image"),
    "a zip bomb": (bomb, "given.zip"),
    "a zip with ../ names": (lambda t: zip_of(t, {"../a.png": png(), "../b.png": png()}), "given.zip"),
    "a truncated zip": (truncated_zip, "is not a whole zip."),
    "a file that is no zip": (lambda t: folder_of(t, a_csv=b"1,2") / "a.csv", "a.csv"),
}


@pytest.mark.parametrize("case", DATA)
def test_data_that_cannot_be_used(command, tmp_path, case):
    make, said = DATA[case]
    source = make(tmp_path)
    kept = sorted(tmp_path.rglob("*"))
    for words in (
        ("data", source),
        ("train", "simclr", "--data", source, "--steps", 2, "--out", tmp_path / "run", "--quiet"),
    ):
        result = command(*words)
        check_sentence(result, said)
    assert sorted(tmp_path.rglob("*")) == kept  # no half a run is left, nothing was unpacked beside the zip


class Result:
    """What a command of another process left."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err


def check_sentence(result, said):
    """One sentence with the cause and one with the remedy, on two lines, and no traceback."""
    assert result.code in (1, 2), result.err
    lines = result.err.strip().splitlines()
    assert len(lines) == 2, result.err
    assert lines[0].startswith("error: ")
    assert lines[1]
    assert said in result.err
    assert "Something unexpected" not in result.err
    assert "Traceback" not in result.err


def test_a_few_bad_images_are_skipped_counted_and_listed(command, pictures):
    folder = pictures(8)
    (folder / "bad.png").write_bytes(b"no image")
    (folder / "cut.png").write_bytes(png()[:60])
    result = command("data", folder)
    assert result.code == 0, result.err
    assert "2 files were skipped:" in result.out
    assert "bad.png: " in result.out
    assert "cut.png: " in result.out


def test_names_that_point_outside_a_zip_are_skipped_and_never_written(command, tmp_path):
    inside = {f"{k}.png": png() for k in range(4)}
    result = command("data", zip_of(tmp_path, {"../evil.png": png(), **inside}))
    assert result.code == 0, result.err
    assert "../evil.png: " in result.out
    assert not list(tmp_path.rglob("evil.png"))
    assert not (tmp_path.parent / "evil.png").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--batch-size", 64), "A batch of 64 is larger than the data"),
        (("--backbone", "vit_d64", "--image-size", 30, "--batch-size", 4), "do not fill 30 px."),
        (("--backbone", "vit_d66", "--batch-size", 4), "There is no backbone called 'vit_d66'."),
        (("--device", "cuda:7", "--batch-size", 4), "There is no device 'cuda:7' on this machine."),
    ],
)
def test_runs_that_cannot_be(command, tmp_path, pictures, words, said):
    out = tmp_path / "run"
    check_sentence(
        command("train", "simclr", "--data", pictures(20), "--steps", 2, "--quiet", "--out", out, *words), said
    )


def test_a_folder_that_is_not_empty_is_left_alone(train, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.txt").write_text("years of work")
    check_sentence(train(tmp_path / "run", "--quiet"), "is not empty: it holds thesis.txt.")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["thesis.txt"]


def test_a_run_from_a_newer_version(command, own_run):
    file = own_run / "run.toml"
    file.write_text(file.read_text().replace("format = 1", "format = 99"))
    kept = {path: path.read_bytes() for path in own_run.rglob("*") if path.is_file()}
    for words in (("plot", own_run, "--out", own_run.parent / "x.png"), ("train", "--resume", own_run, "--quiet")):
        check_sentence(command(*words), "newer version (format 99; this program reads 1)")
    assert "newer version" in command("runs", own_run.parent).out
    assert {path: path.read_bytes() for path in own_run.rglob("*") if path.is_file()} == kept


def test_a_damaged_metrics_file_is_told_and_the_rest_is_shown(command, own_run, tmp_path):
    (own_run / "metrics.csv").write_bytes(b"\x00garbage,,\n1,2")
    result = command("plot", own_run, "--out", tmp_path / "figure.png")
    assert result.code == 0, result.err
    assert result.err.startswith("note: metrics.csv is damaged")
    assert (tmp_path / "figure.png").is_file()
    assert command("train", "--resume", own_run, "--steps", 14, "--quiet").code == 0
    assert list(open_run(own_run)["loss"][0]) == [13, 14]
    assert (own_run / "metrics.damaged-1.csv").read_bytes() == b"\x00garbage,,\n1,2"  # nothing is thrown away


def test_a_torn_last_line_is_the_only_one_lost(command, own_run):
    file = own_run / "metrics.csv"
    rows = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(rows[:-1]) + rows[-1][:10])
    assert list(open_run(own_run)["loss"][0]) == list(range(1, 12))


@pytest.mark.parametrize("case", ["new", "resume"])
def test_a_folder_that_cannot_be_written(own_run, case):
    words = {
        "new": ["train", "simclr", "--data", "shapes", "--set", "data.count=40", "--steps", "2", "--batch-size", "8",
                "--out", str(own_run / "other")],
        "resume": ["train", "--resume", str(own_run), "--steps", "14"],
    }[case]  # fmt: skip
    for path in (*own_run.rglob("*"), own_run):
        path.chmod(0o555 if path.is_dir() else 0o444)
    kept = {path: path.read_bytes() for path in own_run.rglob("*") if path.is_file()}
    done = python_without_rights("-m", "sslviz.cli", *words, "--quiet")
    check_sentence(Result(done.returncode, done.stdout, done.stderr), str(own_run))
    assert {path: path.read_bytes() for path in own_run.rglob("*") if path.is_file()} == kept


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 400 kB; skips where none may be mounted."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", place], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no file system may be mounted here")
    yield place
    subprocess.run(["umount", place], check=True)


@pytest.mark.skipif(not shutil.which("mount"), reason="no mount")
def test_a_full_disk_is_told_tried_again_and_given_up_in_the_end(train, small_disk):
    result = train(small_disk / "run", "--patience", 0, "--quiet", steps=50)
    assert result.code == 1
    note, error, remedy = result.err.strip().splitlines()
    assert note.startswith("note: The disk is full")
    assert error.startswith("error: The disk is full")
    assert "Free some space" in remedy
    assert open_run(small_disk / "run").config.steps == 50  # what was written can be read
