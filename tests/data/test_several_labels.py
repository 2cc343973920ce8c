"""Rows that have any number of labels, as files write them, and how they are split."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from newtrick.data.dataset import Dataset, LabelSet, label_matrix, targets
from newtrick.data.load import load_dataset, load_labelled
from newtrick.data.stratify import LabelledGroup, stratify
from newtrick.errors import DataError, RecipeError, UsageError
from newtrick.recipe import DataSettings

KINDS: list[list[str]] = [["plot"], ["music", "plot"], [], ["acting"], ["acting", "music", "plot"]]
ROWS = [(f"a text about number {number}, {number * 7}", KINDS[number % 5]) for number in range(100)]


def loaded(path: Path, **settings: object) -> Dataset:
    return load_dataset(DataSettings(source=str(path), **settings), seed=1)  # type: ignore[arg-type]


def labelled(dataset: Dataset) -> dict[str, list[str]]:
    """The names of the labels of each text, over all splits."""
    names = dataset.labels.names
    rows = pl.concat(dataset.splits().values())
    return {text: [names[i] for i in ids] for text, ids in rows.select("text", "label").iter_rows()}


def csv_of(path: Path, labels: Sequence[str]) -> Path:
    rows = {"text": [text for text, _ in ROWS], "labels": labels}
    pl.DataFrame(rows).write_csv(path)
    return path


def jsonl_of(path: Path, rows: Sequence[tuple[str, object]] = ROWS) -> Path:
    lines = [json.dumps({"text": text, "labels": labels}) for text, labels in rows]
    path.write_text("\n".join(lines))
    return path


def flags_of(path: Path, *extra: str) -> Path:
    columns = {name: [int(name in of) for _, of in ROWS] for name in ("plot", "acting", "music")}
    columns |= {name: [0] * len(ROWS) for name in extra}
    pl.DataFrame({"text": [text for text, _ in ROWS], **columns}).write_csv(path)
    return path


def test_every_way_of_writing_several_labels_is_read_the_same(tmp_path: Path) -> None:
    expected = dict(ROWS)
    json_cells = [json.dumps(labels) for _, labels in ROWS]
    python_cells = [str(labels) for _, labels in ROWS]
    with_bars = [" | ".join(reversed(labels)) or "|" for _, labels in ROWS]
    pl.DataFrame(ROWS, schema=["text", "labels"], orient="row").write_parquet(
        tmp_path / "a.parquet"
    )
    given = [
        loaded(jsonl_of(tmp_path / "a.jsonl")),
        loaded(tmp_path / "a.parquet"),
        loaded(csv_of(tmp_path / "json.csv", json_cells)),
        loaded(csv_of(tmp_path / "python.csv", python_cells)),
        loaded(csv_of(tmp_path / "bars.csv", with_bars), label_separator="|"),
        loaded(flags_of(tmp_path / "flags.csv"), label_column="acting,music,plot"),
    ]
    for dataset in given:
        assert dataset.labels == LabelSet.of_several(["acting", "music", "plot"])
        assert labelled(dataset) == expected
        assert dataset.train.schema["label"] == pl.List(pl.Int32)


def test_columns_of_flags_name_the_labels_in_their_order_even_one_that_no_row_has(
    tmp_path: Path,
) -> None:
    path = flags_of(tmp_path / "flags.csv", "sequel")
    assert loaded(path, label_column="plot, sequel,music,acting").labels.names == (
        *("plot", "sequel", "music", "acting"),
    )


@pytest.mark.parametrize("words", [("true", "false"), ("yes", "no"), ("True", "FALSE")])
def test_flags_are_also_words(tmp_path: Path, words: tuple[str, str]) -> None:
    frame = pl.DataFrame(
        {
            "text": [text for text, _ in ROWS],
            **{n: [words["plot" not in of] for _, of in ROWS] for n in ("plot", "story")},
        }
    )
    frame.write_csv(tmp_path / "a.csv")
    dataset = loaded(tmp_path / "a.csv", label_column="plot,story")
    kinds = {tuple(names) for names in labelled(dataset).values()}
    assert kinds == {(), ("plot", "story")}


def test_what_is_no_flag_is_told_with_its_row(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,plot,music\na first text,1,0\na second text,3,0\n")
    with pytest.raises(DataError) as caught:
        loaded(tmp_path / "a.csv", label_column="plot,music")
    (told,) = caught.value.details
    assert told.endswith("a.csv, row 2: the column 'plot' holds '3', where 0 or 1 is needed")


def test_an_empty_list_is_none_of_the_labels_and_an_empty_cell_is_missing(tmp_path: Path) -> None:
    cells = ["plot", "|", "[]", "", "plot|music"] * 20
    dataset = loaded(csv_of(tmp_path / "a.csv", cells), label_separator="|")
    assert dataset.dropped["reason"].to_list() == ["missing-label"] * 20
    found = labelled(dataset)
    assert found[ROWS[1][0]] == found[ROWS[2][0]] == []
    assert any("[] is none of them" in note.message for note in dataset.notes)


def test_flags_that_are_not_all_known_are_a_missing_label(tmp_path: Path) -> None:
    lines = [f"text number {n},{n % 2},{'' if n == 3 else -1 if n == 5 else 1}" for n in range(60)]
    (tmp_path / "a.csv").write_text("text,plot,music\n" + "\n".join(lines))
    dataset = loaded(tmp_path / "a.csv", label_column="plot,music")
    assert dataset.dropped["row"].to_list() == [4, 6]


def test_a_label_twice_in_a_cell_counts_once(tmp_path: Path) -> None:
    dataset = loaded(
        csv_of(tmp_path / "a.csv", ["plot|plot||music", "plot"] * 50), label_separator="|"
    )
    assert labelled(dataset)[ROWS[0][0]] == ["music", "plot"]


def test_ids_of_labels_have_the_names_that_the_file_gives_them(tmp_path: Path) -> None:
    feature = {"feature": {"names": ["anger", "joy"], "_type": "ClassLabel"}, "_type": "List"}
    info = {"info": {"features": {"labels": feature, "other": [{"_type": "Value"}]}}}
    table = pa.table({"text": [text for text, _ in ROWS], "labels": [[1], [0, 1]] * 50})
    pq.write_table(
        table.replace_schema_metadata({"huggingface": json.dumps(info)}), tmp_path / "a.parquet"
    )
    dataset = loaded(tmp_path / "a.parquet")
    assert dataset.labels.names == ("anger", "joy")
    assert labelled(dataset)[ROWS[0][0]] == ["joy"]


def test_a_label_of_the_test_file_that_is_unknown_is_told(tmp_path: Path) -> None:
    train = jsonl_of(tmp_path / "rows.jsonl")
    jsonl_of(tmp_path / "other.jsonl", [("a new text", ["plot", "musik"]), ("another", [])])
    with pytest.raises(DataError, match="not among those of the training rows") as caught:
        loaded(train, test_source=str(tmp_path / "other.jsonl"))
    assert "did you mean 'music'?" in caught.value.details[0]


def test_rows_with_one_label_score_a_model_of_several(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("text,labels\na text of plot,plot\nanother,\"['music']\"\n")
    labels = LabelSet.of_several(["music", "plot"])
    frame = load_labelled(str(tmp_path / "a.csv"), labels, DataSettings()).frame
    assert frame["label"].to_list() == [[1], [0]]


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([["plot"], []] * 50, "fewer than two labels"),
        ([[]] * 100, "fewer than two labels"),
        ([[f"id {n}", f"id {n + 1000}"] for n in range(100)], "look like ids"),
        ([["plot", None], []] * 50, "50 rows cannot be read"),
        ([["plot", ["music"]], []] * 50, "50 rows cannot be read"),
    ],
)
def test_labels_that_cannot_be_are_refused(
    tmp_path: Path, labels: list[object], message: str
) -> None:
    path = jsonl_of(
        tmp_path / "a.jsonl", [(text, of) for (text, _), of in zip(ROWS, labels, strict=True)]
    )
    with pytest.raises(DataError, match=message):
        loaded(path)


def test_what_does_not_go_with_several_labels_is_said(tmp_path: Path) -> None:
    path = jsonl_of(tmp_path / "a.jsonl")
    with pytest.raises(RecipeError, match="positive label"):
        loaded(path, positive_label="plot")
    (tmp_path / "review.csv").write_text("key,decision\n")
    with pytest.raises(UsageError, match="one label each"):
        loaded(path, corrections=str(tmp_path / "review.csv"))
    flags = flags_of(tmp_path / "flags.csv")
    with pytest.raises(DataError, match="no such column"):
        loaded(flags, label_column="plot,musik")
    with pytest.raises(UsageError, match="nothing to separate"):
        loaded(flags, label_column="plot,music", label_separator="|")


def test_targets_are_flags_of_rows_and_labels(tmp_path: Path) -> None:
    dataset = loaded(jsonl_of(tmp_path / "a.jsonl"))
    flags = label_matrix(dataset.test, 3)
    assert flags.shape == (dataset.test.height, 3)
    assert [np.flatnonzero(row).tolist() for row in flags] == dataset.test["label"].to_list()
    assert (targets(dataset.test, dataset.labels) == flags).all()


def test_the_same_text_with_other_labels_is_another_content(tmp_path: Path) -> None:
    one = loaded(jsonl_of(tmp_path / "a.jsonl"))
    changed = [(text, labels or ["plot"]) for text, labels in ROWS]
    other = loaded(jsonl_of(tmp_path / "b.jsonl", changed))
    assert one.content_hashes != other.content_hashes


def test_each_label_keeps_its_share_in_every_split(tmp_path: Path) -> None:
    chance = np.random.default_rng(0)
    names = [f"label {number}" for number in range(20)]
    shares = np.linspace(0.01, 0.4, 20)
    rows = [
        (
            f"text {number} {chance.integers(10**9)}",
            np.array(names)[chance.random(20) < shares].tolist(),
        )
        for number in range(2000)
    ]
    dataset = loaded(jsonl_of(tmp_path / "a.jsonl", rows), max_train_rows=700)
    heights = [split.height for split in (dataset.train, dataset.validation, dataset.test)]
    assert heights == pytest.approx([700, 100, 200], abs=10)
    assert dataset.train.height <= 700
    of_all = np.array([[n in labels for n in dataset.labels] for _, labels in rows]).mean(axis=0)
    for split in dataset.splits().values():
        off = np.abs(label_matrix(split, 20).sum(axis=0) - of_all * split.height)
        assert off[of_all < 0.1].max() < 1.5
        assert off.mean() < 3


def test_stratifying_takes_every_row_once_and_groups_whole() -> None:
    groups = [
        LabelledGroup((3 * n, 3 * n + 1, 3 * n + 2), (n % 7,) * 3 + (n % 2,)) for n in range(50)
    ]
    parts = stratify(groups, [100, 50, 0], 7, seed=0)
    assert sorted(place for part in parts for place in part) == list(range(150))
    assert parts[2] == []
    assert all(
        {place // 3 for place in part} == {p // 3 for p in part if p % 3 == 0} for part in parts
    )


def test_a_handful_of_rows_is_refused_where_a_part_would_be_empty(tmp_path: Path) -> None:
    path = jsonl_of(tmp_path / "a.jsonl", ROWS[:2])
    with pytest.raises(DataError, match="too few different texts"):
        loaded(path)
