"""Keys of TOML are found in their lines, whatever stands around them."""

from sslviz.spec.toml_lines import line_of, lines_of

SOURCE = '''# a comment with = and [brackets]
title = "one = two # no comment"
text = """
fake = 1
[fake]
"""
numbers = [
  1, # one
  2,
  [3, 4],
]
options = [
  { text = "a", right = true },
  { text = "b,]}", "odd key" = { deep = 1 } },
]

[settings]
data.preset = "lesson"
"data.count" = 2_000
rate = 1.5e-3

[[arms]]
name = 'crop'
[arms.settings]
augment.jitter = false

[[arms]]
name = "both"
[arms.settings]
tau = 0.1
'''


def line_with(words: str) -> int:
    return next(number for number, line in enumerate(SOURCE.splitlines(), 1) if words in line)


def test_every_key_has_its_line():
    lines = lines_of(SOURCE)
    assert lines == {
        "title": line_with("title"), "text": line_with("text ="), "numbers": line_with("numbers"),
        "numbers[0]": line_with("1, # one"), "numbers[1]": line_with("  2,"), "numbers[2]": line_with("[3, 4]"),
        "numbers[2][0]": line_with("[3, 4]"), "numbers[2][1]": line_with("[3, 4]"), "options": line_with("options"),
        "options[0]": line_with('"a"'), "options[0].text": line_with('"a"'), "options[0].right": line_with('"a"'),
        "options[1]": line_with('"b,'), "options[1].text": line_with('"b,'), "options[1].odd key": line_with('"b,'),
        "options[1].odd key.deep": line_with('"b,'), "settings": line_with("[settings]"),
        "settings.data.preset": line_with("data.preset"), "settings.data.count": line_with("data.count"),
        "settings.rate": line_with("rate"), "arms": line_with("[[arms]]"), "arms[0]": line_with("[[arms]]"),
        "arms[0].name": line_with("'crop'"), "arms[0].settings": line_with("[arms.settings]"),
        "arms[0].settings.augment.jitter": line_with("augment.jitter"), "arms[1]": line_with('"both"') - 1,
        "arms[1].name": line_with('"both"'), "arms[1].settings": line_with('"both"') + 1,
        "arms[1].settings.tau": line_with("tau"),
    }  # fmt: skip


def test_what_has_no_line_has_that_of_what_holds_it():
    lines = lines_of(SOURCE)
    assert line_of("arms[1].settings.steps", lines) == lines["arms[1].settings"]
    assert line_of("arms[7].name", lines) == lines["arms"]
    assert line_of("nowhere", lines, default=3) == 3


def test_line_ends_of_windows_count_once():
    assert lines_of(SOURCE.replace("\n", "\r\n")) == lines_of(SOURCE)
