"""Cards as they are out there: the same table, written in many ways, is the same course."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.audit.card.cards import HEADER, REFERENCE, ROWS, subject, table

from newtrick.audit.card.names import Measure
from newtrick.audit.card.parse import MAX_SIZE, parse_card, read_card
from newtrick.audit.card.subject import Checkpoint
from newtrick.errors import DataError

EXPECTED = subject(table()).course


def values(course: tuple[Checkpoint, ...]) -> list[dict[Measure, float]]:
    return [
        {measure: round(figure.value, 6) for measure, figure in row.figures.items()}
        for row in course
    ]


def renamed(*names: str) -> str:
    return table(names)


def joined(separator: str) -> str:
    return "\n".join(separator.join(line) for line in (HEADER, *ROWS))


def html() -> str:
    head = "".join(f"<th>{name}</th>" for name in HEADER)
    body = "\n".join(
        "<tr>" + "".join(f"<td align='right'>{cell}</td>" for cell in row) + "</tr>" for row in ROWS
    )
    return f"<table>\n<tr>{head}</tr>\n{body}\n</table>"


def with_cells(change: str, to: str) -> str:
    rows = tuple(tuple(cell.replace(change, to) for cell in row) for row in ROWS)
    return table(rows=rows)


def in_per_cent(sign: str) -> str:
    rows = tuple(
        (*row[:4], *(f"{100 * float(cell):.2f}{sign}" for cell in row[4:])) for row in ROWS
    )
    return table(rows=rows)


def turned() -> str:
    return table(HEADER[::-1], tuple(row[::-1] for row in ROWS[::-1]))


VARIANTS = {
    "shuffled columns, last row first": turned(),
    "short names": renamed("Train Loss", "Epochs", "Steps", "Val. Loss", "Acc", "F1-score"),
    "names of logs": renamed("loss", "epoch", "step", "eval_loss", "eval_accuracy", "eval_f1"),
    "bold names": renamed(*(f"**{name}**" for name in HEADER)),
    "German": renamed(
        "Trainingsverlust", "Epoche", "Schritt", "Validierungsverlust", "Genauigkeit", "F1-Wert"
    ),
    "French": renamed(
        "Perte d'entraînement", "Époque", "Étape", "Perte de validation", "Exactitude", "Score F1"
    ),
    "Spanish": renamed(
        "Pérdida de entrenamiento", "Época", "Paso", "Pérdida de validación", "Exactitud", "F1"
    ),
    "Chinese": renamed("训练损失", "轮次", "步数", "验证损失", "准确率", "F1值"),
    "Chinese, traditional": renamed("訓練損失", "輪次", "步驟", "驗證損失", "準確率", "F1 分數"),
    "Japanese": renamed("学習損失", "エポック", "ステップ", "検証損失", "正解率", "F1"),
    "Korean": renamed("훈련 손실", "에폭", "단계", "검증 손실", "정확도", "F1"),
    "Polish": renamed(
        "Strata treningowa", "Epoka", "Krok", "Strata walidacyjna", "Dokładność", "F1"
    ),
    "half German": renamed(
        "Trainings-Loss", "Epoche", "Schritt", "Validierungs-Loss", "Genauigkeit", "F1-Maß"
    ),
    "decimal commas": with_cells(".", ","),
    "per cents": in_per_cent(" %"),
    "per cents without the sign": in_per_cent(""),
    "no outer pipes": joined(" | "),
    "tabs": joined("\t"),
    "wide gaps": joined("   "),
    "single spaces": joined(" "),
    "commas": joined(","),
    "semicolons and decimal commas": joined(";").replace(".", ","),
    "quoted fields": joined('","').replace("\n", '"\n"').join('""'),
    "a rule between all lines": table().replace("\n", "\n+---+---+\n"),
    "a block of code": f"```\n{table()}```\n",
    "indented": "\n".join(f"    {line}" for line in table().splitlines()),
    "old line ends": table().replace("\n", "\r"),
    "a quotation": "\n".join(f"> {line}" for line in table().splitlines()),
    "Windows line ends": table().replace("\n", "\r\n"),
    "HTML": html(),
    "among other tables": f"| Model | Size |\n|---|---|\n| a | 3 |\n\n{table()}\n| x |\n| 1 |",
}


@pytest.mark.parametrize("text", VARIANTS.values(), ids=list(VARIANTS))
def test_a_table_is_read_however_it_is_written(text: str) -> None:
    assert values(subject(text).course) == values(EXPECTED)
    assert len(EXPECTED) == 5


def test_thousands_are_steps_and_not_fractions() -> None:
    assert values(subject(with_cells("1000", "1,000")).course) == values(EXPECTED)


def test_a_row_without_a_training_loss_has_none() -> None:
    first = subject(with_cells("0.3515", "No log")).course[0]
    assert Measure.TRAINING_LOSS not in first.figures
    assert first.name == "step 500"


@pytest.mark.parametrize("row", ["**{}**", "★ {}"])
def test_a_marked_row_is_the_reported_one(row: str) -> None:
    cells = tuple(row.format(cell) for cell in ROWS[1])
    reported = subject(table(rows=(ROWS[0], cells, *ROWS[2:]))).reported
    assert reported is not None
    assert reported.name == "step 1,000"


def test_the_table_with_the_headline_in_it_is_the_one_of_this_model() -> None:
    other = table(rows=tuple((*row[:3], "0.7", "0.5", "0.5") for row in (*ROWS, ROWS[0])))
    text = f"- Accuracy: 0.8878\n- F1: 0.9406\n\n{other}\n\n{table()}"
    assert values(subject(text).course) == values(EXPECTED)


def test_the_metadata_is_read_with_its_digits_and_its_split() -> None:
    card = subject(
        "---\ndatasets: [stanfordnlp/imdb]\nmodel-index:\n- name: x\n  results:\n"
        "  - dataset: {name: IMDB, type: imdb, split: test}\n"
        "    metrics:\n    - {type: accuracy, value: 0.850}\n    - {type: f1, value: 85.4}\n---\n"
    )
    (headline,) = card.headlines
    assert (headline.origin, headline.split) == ("metadata", "test")
    assert headline.figures[Measure.ACCURACY].half == pytest.approx(5e-4)
    assert headline.figures[Measure.F1].value == pytest.approx(0.854)
    assert card.data is not None
    assert card.data.name == "imdb"


@pytest.mark.parametrize(
    "text",
    [
        "Metric | Value\n---|---\nAccuracy | 91.2 %\nF1 | 0.907\n",
        "**Accuracy:** 0.912\n\n**F1**: 0.907\n",
        "* `eval_accuracy` = 0.912\n* `eval_f1` = 0.907\n",
        "| Accuracy | F1 score |\n|---|---|\n| 0.912 | 0.907 |\n",
    ],
)
def test_scores_in_lists_and_small_tables_are_headlines(text: str) -> None:
    (headline,) = subject(text).headlines
    assert headline.figures[Measure.ACCURACY].value == pytest.approx(0.912)
    assert headline.figures[Measure.F1].value == pytest.approx(0.907)


@pytest.mark.parametrize(
    "text",
    [
        "scored on 2,114 test rows",
        "872 held-out movie sentences",
        "- eval_samples: 872",
        "a test set of 872",
        "| Class | Support |\n|---|---|\n| a | 400 |\n| b | 472 |",
    ],
)
def test_the_number_of_scored_rows_is_found_in_words_lists_and_columns(text: str) -> None:
    sizes = subject(f"- Accuracy: 0.9\n\n{text}\n").sizes
    assert sizes & {872, 2114}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no table"),
        (b"# A model\n\nIt is good.\n", "no table"),
        (b"| Fruit | Price |\n|---|---|\n| pear | 3 |\n", "Fruit | Price"),
        (b"0.35 0.64 500 0.14 0.93\n0.24 1.28 1000 0.14 0.94\n", "0.35"),
        (bytes(range(256)) * 40, "not a text file"),
        (b"---\nmodel-index: [\n---\n", "no YAML"),
        (b"---\na: 1\nmodel-index:\n- name: x\n\t- y\n---\n", "line 5: found character"),
        (b"---\ndatasets: " + b"[" * 50_000 + b"\n---\n", "no YAML"),
        (b"---\ndatasets:\n" + b"- abc\n" * 50_000 + b"---\n", "too large"),
        (b"x" * (MAX_SIZE + 1), "too large"),
    ],
)
def test_what_cannot_be_audited_says_why(content: bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_card(content, "README.md")
    assert said in str(caught.value)
    assert "README.md" in str(caught.value)


@pytest.mark.parametrize(
    "metadata",
    [
        "model-index: 3",
        "model-index:\n- results: nothing",
        "model-index:\n- name: x\n  results:\n  - metrics: [1, null, {type: accuracy}]",
        "model-index:\n- results:\n  - dataset: [imdb]\n    metrics: {type: accuracy, value: high}",
        "- a list",
    ],
)
def test_metadata_of_another_shape_is_passed_over(metadata: str) -> None:
    card = subject(f"---\n{metadata}\n---\n{table()}")
    assert len(card.course) == 5
    assert card.headlines == ()


@pytest.mark.parametrize(
    "filler",
    [
        "A sentence about the model, with a figure of 0.93 in it. ",
        "|",
        "| 1 | 2 | 3 |\n",
        "<table><tr><td>",
        "- Accuracy: 0.9\n",
        "- Accuracy: 0.9\n\n| Step | Accuracy |\n| 1 | 0.8 |\n| 2 | 0.8 |\n\n",
        "1 2 3 4\n",
        "*_`~",
        "a  b\n",
        "on the on the ",
        "1,000 ",
        "1,2,3\n",
        "precision recall f1-score support\n a 0.1 0.2 0.3 4\n",
    ],
)
def test_a_megabyte_of_anything_is_read_in_bounded_time(filler: str) -> None:
    text = filler * (1_000_000 // len(filler)) + "\n\n" + REFERENCE
    started = time.perf_counter()
    assert len(subject(text).course) == 5
    assert time.perf_counter() - started < 10


@pytest.mark.parametrize("begin", ["", "test", "1 ", "on a(", "<td", "---\n", "- a: "])
@pytest.mark.parametrize("char", ["1", " ", "*", "<", "a", "1,"])
def test_a_very_long_line_is_read_in_bounded_time(begin: str, char: str) -> None:
    text = f"{begin}{char * (300_000 // len(char))}x\n\n{REFERENCE}"
    started = time.perf_counter()
    assert len(subject(text).course) == 5
    assert time.perf_counter() - started < 5


def test_a_folder_is_a_run_or_a_model(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(DataError, match="no model card"):
        read_card(tmp_path)
    (tmp_path / "model" / "README.md").write_text(REFERENCE)
    assert len(read_card(tmp_path).course) == 5
    assert len(read_card(tmp_path / "model").course) == 5
    with pytest.raises(DataError, match="cannot be read"):
        read_card(tmp_path / "other.md")


def test_a_card_in_another_encoding_is_read() -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1"):
        content = f"Größe\n\n{table()}".encode(encoding)
        assert values(parse_card(content, "card").course) == values(EXPECTED)


def test_figures_side_by_side_in_one_line_are_headlines() -> None:
    text = f"On the evaluation set: Loss: 0.4422, Accuracy: 0.8878, F1: 0.9406\n\n{table()}\n"
    headlines = parse_card(text.encode(), "card.md").headlines
    shown = {
        measure.lower(): figure.shown for h in headlines for measure, figure in h.figures.items()
    }
    assert {"0.4422", "0.8878", "0.9406"} <= set(shown.values())
