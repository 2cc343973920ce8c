"""Planted defects of single rows, of their order and of the columns."""

from __future__ import annotations

import pytest
from tests.audit.subjects import TEST, TRAIN, Row, different, found, frame

from newtrick.audit.check import audit
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Finding, Severity
from newtrick.audit.registry import DATA_CHECKS
from newtrick.data.dataset import LabelSet


def sorted_by_label(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row[1])


def dropped(reason: str, rows: int) -> list[dict[str, object]]:
    return [
        {"file": "train.csv", "row": 1000 + row, "split": None, "reason": reason}
        for row in range(rows)
    ]


def with_texts(*texts: str) -> list[Row]:
    return [*TRAIN, *((text, "pos") for text in texts)]


def test_a_split_in_the_order_of_its_labels_is_told_with_the_row_where_it_changes() -> None:
    finding = found(test=sorted_by_label(TEST))["sorted-by-label"]
    assert finding.severity is Severity.INFO
    assert finding.evidence == {"test_runs": 2}
    assert finding.rows == ("test.csv:201",)


def test_a_split_that_is_nearly_in_order_is_told_as_well() -> None:
    rows = sorted_by_label(TEST)
    for place in range(20, 400, 40):
        rows[place], rows[-place] = rows[-place], rows[place]
    assert "sorted-by-label" in found(test=rows)


def test_rows_that_come_a_few_of_a_class_at_a_time_are_not_sorted() -> None:
    rows = sorted_by_label(TEST)
    fours = [
        rows[half + start : half + start + 4] for start in range(0, 200, 4) for half in (0, 200)
    ]
    assert "sorted-by-label" not in found(test=[row for four in fours for row in four])


def test_rows_without_text_or_label_are_a_warning_when_they_are_many() -> None:
    few = found(dropped=[*dropped("missing-text", 2), *dropped("missing-label", 1)])
    many = found(dropped=dropped("missing-text", 100))
    assert few["missing-values"].severity is Severity.INFO
    assert few["missing-values"].evidence["labels"] == 1
    assert few["missing-values"].rows[0] == "train.csv:1000"
    assert many["missing-values"].severity is Severity.WARNING


def test_empty_texts_are_counted_with_those_of_markup_only() -> None:
    findings = found(dropped=[*dropped("empty-text", 3), *dropped("markup-only", 2)])
    assert findings["empty-text"].evidence["rows"] == 5
    assert findings["empty-text"].evidence["markup_only"] == 2
    assert "missing-values" not in findings


@pytest.mark.parametrize("text", ["null", "N/A", "#REF!", "[deleted]", "NaN"])
def test_what_programs_write_for_nothing_is_found(text: str) -> None:
    finding = found(train=with_texts(text))["placeholder"]
    assert finding.rows == ("train.csv:401",)
    assert finding.evidence["example"] == text


def test_a_class_that_stands_for_none_is_found() -> None:
    splits = {"train": frame(TRAIN, "train.csv")}
    findings = audit(DataSubject(LabelSet(("nan", "pos")), splits), DATA_CHECKS)
    assert "200 rows with the label 'nan'" in findings[0].title


@pytest.mark.parametrize(
    "text",
    ["café au lait, naïve — it’s 5 £", "Ой, что это?", "“Señor” 👍", "don’t", "½ für 3 €"],
)
def test_utf8_read_as_windows_1252_is_found(text: str) -> None:
    broken = text.encode().decode("cp1252", "ignore")
    finding = found(train=with_texts(broken))["mojibake"]
    assert finding.severity is Severity.WARNING
    assert finding.rows == ("train.csv:401",)
    assert str(finding.evidence["example"]) in broken


@pytest.mark.parametrize(
    "text",
    [
        "café… «voilà» – l’été, déjà vu",
        "A MANHÃ… AMANHÃ” IRMÃ»",
        "Größe: „groß“ … ÄÖÜ“",
        "Âme, NÃO, ESPAÑA”",
        "Ð и Ñ, 20 °C, £5, ½",
        "50 € — “fine” ™",
    ],
)
def test_honest_accents_are_not_taken_for_broken_ones(text: str) -> None:
    assert "mojibake" not in found(train=with_texts(text))


def test_texts_that_are_a_handful_of_values_look_like_a_category() -> None:
    colours = [(("red", "green", "blue")[row % 3], ("neg", "pos")[row % 2]) for row in range(300)]
    finding = found(train=colours)["label-texts"]
    assert finding.evidence["different"] == 3


def audit_labels(names: list[str]) -> dict[str, Finding]:
    rows = frame(different(200, 1), "train.csv")
    rows = rows.with_columns(label=rows["row"].cast(int) % len(names)).cast(rows.schema)
    findings = audit(DataSubject(LabelSet(tuple(names)), {"train": rows}), DATA_CHECKS)
    return {finding.code: finding for finding in findings}


def test_many_labels_with_digits_and_few_rows_look_like_ids() -> None:
    finding = audit_labels([f"u{number}7" for number in range(40)])["id-labels"]
    assert finding.evidence["median_rows"] == 5


def test_class_ids_and_names_are_no_ids_however_many() -> None:
    assert "id-labels" not in audit_labels([str(number) for number in range(40)])
    assert "id-labels" not in audit_labels([chr(97 + n // 7) + chr(97 + n % 7) for n in range(40)])
