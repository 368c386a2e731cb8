"""Let a model that has read captions name images without any training of a classifier.

Without prompts: for each factor, how often the nearest of its values' captions is the right one, beside chance. What the captions
of training never named should be near chance. With prompts: what share of the images each of them takes; with --factor, and one
prompt for each of its values, how often they are right.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from sslviz.cli.text_table import text_table

EXAMPLES = """examples:
  sslviz zeroshot runs/clip
  sslviz zeroshot runs/clip "a red star" "a blue circle"
  sslviz zeroshot runs/clip --factor size "a small object" "a medium object" "a large object" """


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `sslviz zeroshot`."""
    parser.add_argument("run", metavar="RUN", help="the folder of a run of clip")
    parser.add_argument("prompts", nargs="*", metavar="PROMPT", help="captions to choose among")
    parser.add_argument("--factor", metavar="NAME", help="what the prompts name, such as hue")
    parser.add_argument("--snapshot", type=int, default=-1, metavar="STEP", help="the weights of that step (the last)")


def run(arguments: argparse.Namespace) -> int:
    """Read the run, name its validation images, print."""
    from sslviz.data import load_data
    from sslviz.evaluate.subject import read_config, subject_from_folder
    from sslviz.evaluate.zero_shot import classify, reader, zero_shot
    from sslviz.spec.captions import SLOTS

    folder = Path(arguments.run).expanduser()
    splits = load_data(read_config(folder)[0].data)
    subject = subject_from_folder(folder, splits, arguments.snapshot)
    if arguments.prompts and not arguments.factor:
        shares = classify(subject, arguments.prompts)
        taken = shares.argmax(dim=1).bincount(minlength=len(arguments.prompts)) / len(shares)
        rows = [
            [p, f"{share:.1%}", f"{mean:.3f}"]
            for p, share, mean in zip(arguments.prompts, taken.tolist(), shares.mean(0).tolist(), strict=True)
        ]
        print(text_table(("PROMPT", "IMAGES", "MEAN PROBABILITY"), rows, frozenset({1, 2})))
        return 0
    named = (
        [arguments.factor] if arguments.factor else [name for name in SLOTS if name in reader(subject).facts.factors]
    )
    found = [zero_shot(subject, factor, arguments.prompts) for factor in named]
    rows = [
        [
            one.factor,
            "yes" if one.captioned else "no",
            f"{one.score.value:.1%}",
            f"{one.score.lo:.1%} to {one.score.hi:.1%}",
            f"{one.chance:.1%}",
        ]
        for one in found
    ]
    print(text_table(("FACTOR", "IN CAPTIONS", "RIGHT", "95 %", "CHANCE"), rows, frozenset({2, 3, 4})))
    return 0
