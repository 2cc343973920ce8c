from __future__ import annotations

import json

from tests.cli.conftest import Command
from tests.conftest import TinyRun
from tests.tiny import make_pairs

PAIRS = [(first, second) for first, second, _ in make_pairs(50, seed=7)]


def test_the_command_line_takes_pairs_one_text_after_the_other(
    newtrick: Command, tiny_pairs_run: TinyRun
) -> None:
    texts = [text for pair in PAIRS[:2] for text in pair]
    answer = newtrick("predict", tiny_pairs_run.run.folder, *texts, "--json")
    rows = json.loads(answer.out)
    assert [(row["text"], row["text_pair"]) for row in rows] == PAIRS[:2]
    answer = newtrick("predict", tiny_pairs_run.run.folder, *texts)
    assert answer.out.splitlines()[1].split("\t")[2:4] == list(PAIRS[1])
    answer = newtrick("predict", tiny_pairs_run.run.folder, *texts[:3])
    assert answer.code == 2
    assert "no second text" in answer.err
