"""`newtrick predict`: texts ─► labels and probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newtrick.cli.cluster import Address, Backend, check_address
from newtrick.cli.imports import quick_imports
from newtrick.cli.options import (
    AsJson,
    Blend,
    Fast,
    Model,
    PairColumn,
    Precision,
    TextColumn,
)
from newtrick.cli.predict_rows import (
    Asked,
    predict_rows_of_file,
    predict_rows_of_folder,
    tell,
)
from newtrick.counted import counted
from newtrick.errors import UsageError

if TYPE_CHECKING:
    from newtrick.classifier import Answer
    from newtrick.data.pairs import Text
    from newtrick.evaluation.explain.explanation import Explanation

_SHOWN, _BOLD = 8, 3  # words of a text


def predict_command(
    model: Model,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            help="Texts to classify, or for a model of pairs, each followed by its second text; put"
            " -- before one that begins with a dash."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            "--input",
            help="A csv, tsv, jsonl, json, parquet or xlsx file, or -; or a folder of csv, jsonl"
            " and parquet shards.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            help="Where the predictions go: .csv, .jsonl or .parquet; a file there is replaced. For"
            " a folder, a folder; what is done there already is kept."
        ),
    ] = None,
    text_column: TextColumn = None,
    pair_column: PairColumn = None,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Say which words moved the encoder, for (+) or against (-) the label; it takes"
            " some twenty times as long.",
        ),
    ] = False,
    precision: Precision = "float32",
    blend: Blend = None,
    fast: Fast = False,
    backend: Annotated[
        Backend,
        typer.Option(help="Who predicts a folder: this process, or the machines of a Ray cluster."),
    ] = "local",
    address: Address = None,
    as_json: AsJson = False,
) -> None:
    """Classify texts given here, or every row of a file or of a folder of files."""
    if bool(texts) == (source is not None):
        raise UsageError(
            "Give either texts or --input.", fix='newtrick predict MODEL "a text" "another"'
        )
    if (source is None) != (output is None):
        raise UsageError(
            "--input and --output go together.",
            fix="newtrick predict MODEL --input FILE --output FILE.csv (or .jsonl, .parquet)",
        )
    is_folder = source is not None and Path(source).is_dir()
    check_address(backend, address)
    if backend == "ray" and not is_folder:
        raise UsageError("A cluster takes a folder of shards.", fix="--input FOLDER")
    asked = Asked(model, precision, blend, fast)
    if source is None or output is None:
        _predict_texts(asked, texts or [], explain=explain, as_json=as_json)
        return
    if is_folder:
        done = predict_rows_of_folder(
            asked,
            Path(source),
            output,
            backend=backend,
            address=address,
            text_column=text_column,
            pair_column=pair_column,
            explain=explain,
        )
    else:
        done = predict_rows_of_file(
            asked,
            source,
            output,
            text_column=text_column,
            pair_column=pair_column,
            explain=explain,
        )
    tell(done, as_json=as_json)


def _predict_texts(asked: Asked, texts: list[str], *, explain: bool, as_json: bool) -> None:
    import json
    from dataclasses import asdict
    from itertools import repeat

    with quick_imports():
        from newtrick.data.clean import clean_text
        from newtrick.data.encoding import readable
        from newtrick.data.pairs import PAIR, parts_of
        from newtrick.report.wording import one_line

    empty = [f"text {place}" for place, text in enumerate(texts, start=1) if not clean_text(text)]
    if empty:
        raise UsageError("There is nothing to classify in a text.", details=empty)
    classifier = asked.load()
    given: Sequence[Text] = _in_twos(texts) if classifier.encoder.reads_pairs else texts
    answers = classifier.answer(given)
    explanations = classifier.explain(given) if explain else repeat(None, len(given))
    if as_json:
        decided = classifier.decisions.columns if classifier.decisions else ()
        rows = [
            {
                **{
                    name: readable(part)
                    for name, part in zip(("text", PAIR), parts_of(text), strict=False)
                },
                **_answered(answer),
                "probabilities": dict(zip(classifier.labels, answer.probabilities, strict=True)),
                **{name: getattr(answer.decision, name) for name in decided},
                **({"words": [asdict(word) for word in known.words]} if known else {}),
            }
            for text, answer, known in zip(given, answers, explanations, strict=True)
        ]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    for text, answer, known in zip(given, answers, explanations, strict=True):
        shown = "\t".join(one_line(readable(part)) for part in parts_of(text))
        line = f"{_told(answer)}\t{shown}"
        typer.echo(f"{line}\tunsure" if _is_withheld(answer) else line)
        if known:
            typer.echo(_moved(known))


def _moved(explanation: Explanation) -> str:
    """The words that moved a decision most: the sign tells which way, as does the colour."""
    from newtrick.report.wording import one_line

    return "    " + "  ".join(
        typer.style(
            f"{word.effect:+.2f} {one_line(word.word)}",
            fg="green" if word.effect > 0 else "red",
            bold=place < _BOLD,
        )
        for place, word in enumerate(explanation.strongest(_SHOWN))
    )


def _in_twos(texts: list[str]) -> list[tuple[str, str]]:
    """Pairs of texts that were given one after the other."""
    if len(texts) % 2:
        raise UsageError(
            "The model reads pairs of texts, and the last one has no second text.",
            found=counted(len(texts), "text"),
            fix='newtrick predict MODEL "a text" "its second text"',
        )
    return list(zip(texts[::2], texts[1::2], strict=True))


def _answered(answer: Answer) -> dict[str, object]:
    if isinstance(answer.label, tuple):
        return {"labels": answer.label}
    return {"label": answer.label, "score": max(answer.probabilities)}


def _told(answer: Answer) -> str:
    if isinstance(answer.label, tuple):
        return ", ".join(answer.label) or "-"
    return f"{answer.label}\t{max(answer.probabilities):.4f}"


def _is_withheld(answer: Answer) -> bool:
    """Whether the model is not sure enough; of several labels it names those that it is sure of."""
    return getattr(answer.decision, "answer", "") is None
