"""The program itself: help, unknown commands, how errors are told, what is loaded."""

import json
import re
import subprocess
import sys

import pytest

import sslviz.cli.cache
from sslviz.cli import COMMANDS
from sslviz.cli.configure import FLAGS
from sslviz.cli.program import FAILED, MISUSED, Parser, flag_of
from sslviz.spec.errors import SpecError, SSLVizError

OWN = [name for name in COMMANDS if name != "tour"]  # the window's entry point takes that one


def test_help_names_every_command(command):
    result = command("--help")
    assert result.code == 0, result.err
    for name in COMMANDS:
        assert f"\n  {name} " in result.out


def test_without_words_there_is_help(command):
    assert command().out == command("--help").out


@pytest.mark.parametrize("name", OWN)
def test_every_command_has_help_with_an_example(command, name):
    result = command(name, "--help")
    assert result.code == 0, result.err
    assert f"sslviz {name}" in result.out
    if name != "doctor":
        assert "examples:" in result.out


def test_a_misspelt_command_is_told_what_is_near(command):
    result = command("trian")
    assert result.code == MISUSED
    assert result.err.startswith("error: There is no command called 'trian'.\nDid you mean train?")


def test_an_unknown_flag_is_told_where_help_is(command):
    result = command("runs", "--jason")
    assert result.code == MISUSED
    assert result.err == "error: Unrecognized arguments: --jason.\n`sslviz runs --help` shows what there is.\n"


def test_version(command):
    assert command("--version").out.startswith("sslviz 0.")


def explode(error):
    def run(arguments):
        raise error

    return run


def test_our_errors_are_two_sentences_and_no_traceback(command, monkeypatch):
    monkeypatch.setattr(sslviz.cli.cache, "run", explode(SSLVizError("It broke.", "Mend it.")))
    result = command("cache")
    assert (result.code, result.err) == (FAILED, "error: It broke.\nMend it.\n")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("data", "shapes", "--set", "count=-1"), "The setting is --set data.count=..."),
        (("data", "shapes", "--image-size", "-1"), "The setting is --image-size."),
        (("animate", "dino-shapes", "--out", "a.gif", "--ms", "1"), "The setting is --ms."),
        (("animate", "dino-shapes", "--out", "a.gif", "--view", "embedding", "--neighbours", "1"), "is out of range"),
        (("cache",), "Mend it.\n"),
    ],
)
def test_errors_name_an_option_that_the_command_has(command, monkeypatch, words, told):
    monkeypatch.setattr(sslviz.cli.cache, "run", explode(SSLVizError("It broke.", "Mend it.", field="mask_ratio")))
    result = command(*words)
    assert result.code in (FAILED, MISUSED)
    assert told in result.err
    named = re.findall(r"The setting is (--[a-z-]+)", result.err)
    assert all(option in command(words[0], "--help").out for option in named)
    assert ("--set" in result.err) == ("--set data" in told)


def test_the_option_of_a_setting():
    every = frozenset({"--set", *(flag.option for flag in FLAGS)})
    assert flag_of("batch_size", every) == "--batch-size"
    assert flag_of("mask_ratio", every) == "--set mask_ratio=..."
    assert flag_of("mask_ratio", frozenset({"--set", "--out"})) == ""  # there it is about the data
    assert flag_of("data.count", frozenset({"--set", "--count"})) == "--set data.count=..."
    assert flag_of("by", frozenset({"--set", "--colour"})) == "--colour"
    assert flag_of("data.source", frozenset({"--data"})) == "--data"
    assert flag_of("ratio", frozenset({"--ratio"})) == "--ratio"
    assert flag_of("", every) == flag_of("batch_size", frozenset({"--out"})) == ""


def test_foreign_errors_are_sentences_too(command, monkeypatch):
    monkeypatch.setattr(sslviz.cli.cache, "run", explode(ZeroDivisionError("division by zero")))
    result = command("cache")
    assert result.code == FAILED
    assert "division by zero" in result.err
    assert "--debug" in result.err
    assert "Traceback" not in result.err


def test_debug_raises_what_happened(command, monkeypatch):
    monkeypatch.setattr(sslviz.cli.cache, "run", explode(ZeroDivisionError("division by zero")))
    with pytest.raises(ZeroDivisionError):
        command("cache", "--debug")


def test_an_interrupted_command_says_so(command, monkeypatch):
    monkeypatch.setattr(sslviz.cli.cache, "run", explode(KeyboardInterrupt()))
    result = command("cache")
    assert (result.code, result.err) == (130, "error: Interrupted.\n")


def test_the_parser_raises_instead_of_exiting():
    with pytest.raises(SpecError, match="Expected one argument"):
        Parser(prog="sslviz x").error("expected one argument")


def loaded_after(code):
    script = f"import sys\n{code}\nimport json\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_help_loads_nothing_heavy():
    modules = loaded_after(
        "import sslviz, sslviz.cli\n"
        "for name in ('--help', 'train --help', 'plot --help', 'runs --help', 'catalogue --help', 'catalogue simclr'):\n"
        "    assert sslviz.cli.main(name.split()) == 0"
    )
    assert "sslviz.cli.train" in modules
    assert not modules & {"torch", "torchvision", "timm", "sklearn", "matplotlib", "lightning_fabric", "PySide6", "app"}


def test_the_package_itself_loads_nothing():
    assert not loaded_after("import sslviz") & {"torch", "numpy", "msgspec"}


def test_a_reader_that_leaves_early_is_no_error():
    words = [sys.executable, "-u", "-m", "sslviz.cli", "catalogue"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        process.stdout.close()  # before a single line was read
        assert process.stderr.read() == b""
        assert process.wait(60) == 0
