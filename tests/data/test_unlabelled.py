from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from tests.tiny import make_reviews, write_csv, write_reviews

from newtrick.data.unlabelled import Unlabelled, load_unlabelled, scored_texts
from newtrick.errors import DataError

TEXTS = list(dict.fromkeys(text for text, _ in make_reviews(200)))


def load(data: str | list[str], **options: object) -> Unlabelled:
    given: dict[str, object] = {"scored": {}, "seed": 42} | options
    return load_unlabelled(data, **given)  # type: ignore[arg-type]


def rows(*texts: str) -> pl.DataFrame:
    return pl.DataFrame({"text": texts})


def notes(unlabelled: Unlabelled) -> str:
    return " ".join(note.message for note in unlabelled.notes)


def write_lines(path: Path, texts: list[str]) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(texts), "utf-8")
    return str(path)


def test_a_label_column_is_not_read_and_told(tmp_path: Path) -> None:
    read = load(str(write_reviews(tmp_path / "reviews.csv")))
    assert set(read.frame.columns) == {"file", "row", "text", "alike"}
    assert "column 'label' looks like labels, which are not read" in notes(read)


def test_a_txt_file_has_a_text_on_each_line(tmp_path: Path) -> None:
    read = load(write_lines(tmp_path / "texts.txt", TEXTS))
    assert read.texts == TEXTS
    assert read.frame["row"].to_list()[:2] == [1, 2]


def test_a_folder_of_txt_files_has_one_text_in_each(tmp_path: Path) -> None:
    for number, text in enumerate(TEXTS):
        write_lines(tmp_path / "films" / f"{number:03}.txt", [text, "the end"])
    read = load(str(tmp_path / "films"))
    assert read.texts == [f"{text} the end" for text in TEXTS]


def test_of_a_folder_the_unlabelled_files_are_read_and_no_others(tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    write_csv(tmp_path / "films" / "train.csv", [("text",), *([text] for text in TEXTS[:60])])
    write_csv(tmp_path / "films" / "unsup.csv", [("text",), *([text] for text in TEXTS[60:])])
    read = load(str(tmp_path / "films"))
    assert read.texts == TEXTS[60:]
    assert "Left aside in films: " in notes(read)
    assert "train.csv" in notes(read)


def test_without_unlabelled_files_those_for_training_are_read_and_never_those_for_testing(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    write_csv(folder / "train.csv", [("text",), *([text] for text in TEXTS[:60])])
    write_csv(folder / "test.csv", [("text",), *([text] for text in TEXTS[60:])])
    assert load(str(folder)).texts == TEXTS[:60]
    assert load([str(folder / "train.csv"), str(folder / "test.csv")]).texts == TEXTS[:60]
    assert load(str(folder / "test.csv")).texts == TEXTS[60:]  # given by itself


def test_a_column_split_tells_which_rows_are_read(tmp_path: Path) -> None:
    splits = ["train", "unlabelled", "test"]
    table = [("text", "split"), *((text, splits[i % 3]) for i, text in enumerate(TEXTS))]
    read = load(str(write_csv(tmp_path / "films.csv", table)))
    assert read.texts == TEXTS[1::3]


def test_several_files_are_read_as_one(tmp_path: Path) -> None:
    first = tmp_path / "a.jsonl"
    first.write_text("\n".join(json.dumps({"text": text}) for text in TEXTS[:60]), "utf-8")
    second = write_lines(tmp_path / "b.txt", TEXTS[60:])
    assert load([str(first), second]).texts == TEXTS


def test_texts_are_cleaned_and_empty_ones_dropped(tmp_path: Path) -> None:
    table = [("text",), ["A <br /> film"], ["<br />"], *([text] for text in TEXTS)]
    read = load(str(write_csv(tmp_path / "films.csv", table)))
    assert read.texts[0] == "A film"
    assert "Rows without text, dropped: 1" in notes(read)


def test_a_text_is_there_once_whatever_its_case_and_marks(tmp_path: Path) -> None:
    read = load(write_lines(tmp_path / "a.txt", [*TEXTS, TEXTS[0].upper() + "!"]))
    assert read.texts == TEXTS
    assert read.copies == 1
    assert "repeat an earlier one, dropped: 1" in notes(read)


def test_texts_that_are_to_be_scored_are_kept_out_and_so_are_those_like_them(
    tmp_path: Path,
) -> None:
    long = "an unforgettable portrait of melancholy lighthouse keepers near Greenland in winter"
    given = [*TEXTS, long]
    scored = {
        "test": rows(TEXTS[3].upper(), long.replace("melancholy", "cheerful")),
        "validation": rows(TEXTS[5]),
    }
    read = load(write_lines(tmp_path / "a.txt", given), scored=scored)
    assert {TEXTS[3], TEXTS[5], long}.isdisjoint(read.texts)
    assert read.kept_out == {"test": 2, "validation": 1}
    assert "Kept out: 1 text of the test split, and 1 that differs" in notes(read)


def test_both_texts_of_a_scored_pair_are_kept_out(tmp_path: Path) -> None:
    pairs = pl.DataFrame({"text": [TEXTS[0]], "text_pair": [TEXTS[1]]})
    read = load(write_lines(tmp_path / "a.txt", TEXTS), scored={"test": pairs})
    assert read.texts == TEXTS[2:]


def test_a_sample_is_the_same_each_time(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.txt", TEXTS)
    read = load(path, max_rows=80)
    assert len(read.texts) == 80
    assert read.texts == load(path, max_rows=80).texts
    assert read.texts != load(path, max_rows=80, seed=7).texts


@pytest.mark.parametrize(
    ("given", "scored", "message"),
    [
        (TEXTS[:7], [], "too few texts"),
        (TEXTS[:1] * 90, [], "copies of each other"),
        (TEXTS[:90], TEXTS[:80], "among those that are to be scored"),
    ],
)
def test_too_few_texts_are_refused_with_what_became_of_them(
    tmp_path: Path, given: list[str], scored: list[str], message: str
) -> None:
    path = write_lines(tmp_path / "a.txt", given)
    with pytest.raises(DataError, match=message) as caught:
        load(path, scored={"test": rows(*scored)} if scored else {})
    assert "50 are needed" in str(caught.value)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no texts"):
        load(write_lines(tmp_path / "a.txt", []))


def test_texts_of_its_own_test_split_are_kept_out_too(tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    write_csv(folder / "unsup.csv", [("text",), *([text] for text in TEXTS)])
    write_csv(folder / "test.csv", [("text", "label"), *((text, "pos") for text in TEXTS[:9])])
    read = load(str(folder))
    assert read.texts == TEXTS[9:]
    assert read.kept_out == {"test": 9}


def test_what_is_scored_of_data_are_the_splits_that_it_names_or_all_of_it(tmp_path: Path) -> None:
    table = [("text", "split"), *((text, ["train", "dev"][i % 2]) for i, text in enumerate(TEXTS))]
    named = scored_texts(str(write_csv(tmp_path / "films.csv", table)))
    assert named["validation"]["text"].to_list() == TEXTS[1::2]
    assert scored_texts(write_lines(tmp_path / "a.txt", TEXTS))["test"]["text"].to_list() == TEXTS


def test_texts_that_are_alike_are_held_back_together(tmp_path: Path) -> None:
    portrait = "an unforgettable portrait of melancholy lighthouse keepers near Greenland in {}"
    seasons = ["winter", "autumn", "spring", "summer", "january", "march"]
    alike = [portrait.format(season) for season in seasons]
    read = load(write_lines(tmp_path / "a.txt", [*TEXTS, *alike]))
    for seed in range(20):
        rows, held = read.cut(0.1, seed)
        assert rows.height + held.height == read.frame.height
        assert 0.09 < held.height / read.frame.height < 0.15
        assert sum(text in alike for text in held["text"]) in (0, 6)
