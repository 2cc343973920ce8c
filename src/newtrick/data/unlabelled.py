"""TEXTS ─► texts to learn from without labels: clean, each once, and none that is to be scored.

A text that a model has read before it is scored on it is no longer a fair question, labels or not:
so whatever equals a text of a validation or test split, or differs from one in a word or two, is
kept out. So are the texts of such a split that TEXTS has itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from newtrick.counted import counted, one_or_many
from newtrick.data.dataset import Note, row_ids
from newtrick.data.near import near_groups
from newtrick.data.pairs import text_columns
from newtrick.data.rawtexts import SCORED, TEXT_SCHEMA, find_texts, read_texts
from newtrick.data.split import text_key
from newtrick.data.tidy import MAX_NOTE_ROWS, clean_texts
from newtrick.data.words import find_words
from newtrick.errors import SHOWN_DETAILS, DataError

_COLUMNS = (*TEXT_SCHEMA, "alike")

FEWEST_TEXTS = 50
"""Of fewer, nothing is learned that holds for others."""


@dataclass(frozen=True)
class Unlabelled:
    """Texts to learn from without labels.

    Attributes:
        name: A short name for them.
        frame: With the columns of `TEXT_SCHEMA`, and `alike`: a number that texts share which
            differ in a word or two.
        notes: How they were read, and what was left out.
        found: How many texts there were.
        copies: Left out, for an earlier text is the same.
        kept_out: Left out by the split that they are texts of, or differ from in a word or two.
    """

    name: str
    frame: pl.DataFrame
    notes: tuple[Note, ...]
    found: int
    copies: int
    kept_out: Mapping[str, int]

    @property
    def texts(self) -> list[str]:
        """The texts in their order."""
        return self.frame["text"].to_list()

    def cut(self, share: float, seed: int) -> tuple[pl.DataFrame, pl.DataFrame]:
        """The rows to learn from, and a random share of all that is held back; alike ones together.

        Args:
            share: Of the rows.
            seed: Of the draw.
        """
        groups = self.frame["alike"].unique(maintain_order=True)
        drawn = groups.sample(fraction=1, shuffle=True, seed=seed)
        sizes = pl.DataFrame({"alike": drawn}).join(
            self.frame.group_by("alike").len(), on="alike", maintain_order="left"
        )
        before = sizes["len"].cum_sum() - sizes["len"]
        held = pl.col("alike").is_in(drawn.filter(before < share * self.frame.height).implode())
        return self.frame.filter(~held), self.frame.filter(held)


def load_unlabelled(
    data: str | Sequence[str],
    *,
    scored: Mapping[str, pl.DataFrame],
    text_column: str | None = None,
    max_rows: int | None = None,
    seed: int,
) -> Unlabelled:
    """Read TEXTS.

    Args:
        data: What the user calls TEXTS; see `rawtexts.py`.
        scored: Clean rows whose texts have to stay unread, by the name of their split; with the
            column `text`, and perhaps that of a second text, each of which is looked for.
        text_column: The column of the text; detected when None.
        max_rows: Of more texts, a random sample of so many is taken.
        seed: Of the sample.

    Raises:
        DataError: TEXTS cannot be found or read, or too few texts are left.
        FetchError: They have to be fetched, and no source gave them.
    """
    source = find_texts(data)
    if not source.files:
        raise DataError(
            "All files are named for validation or testing.",
            where=source.name,
            found=", ".join(file.name for file in source.scored[:SHOWN_DETAILS]),
            fix="give the path of the file to read, which is then read whatever it is called",
        )
    raw = read_texts(source, text_column)
    cleaned, cleaning = clean_texts(raw.frame)
    filled = cleaned.drop_nulls("text")
    notes = [*raw.notes, *cleaning, *_dropped("Rows without text", cleaned, filled)]
    keyed = filled.select(*TEXT_SCHEMA, text_key(filled))
    once = keyed.unique("key", keep="first", maintain_order=True)
    notes += _dropped("Texts that repeat an earlier one", keyed, once)
    to_keep_out = _texts_by_split(scored, raw.scored)
    kept = once
    for texts in to_keep_out.values():
        kept = kept.filter(~pl.col("key").is_in(texts["key"].implode()))
    sample = _sample(kept, max_rows, seed)
    if sample.height < kept.height:
        message = f"A random sample of {sample.height:,} of {kept.height:,} texts (seed {seed})."
        notes.append(Note("sample", message))
    grouped, kept_out, told = _without_alike(sample, once, to_keep_out)
    unlabelled = Unlabelled(
        name=source.name,
        frame=grouped.select(_COLUMNS),
        notes=(*notes, *told),
        found=raw.frame.height,
        copies=keyed.height - once.height,
        kept_out=kept_out,
    )
    _require_enough(unlabelled)
    return unlabelled


def scored_texts(data: str, text_column: str | None = None) -> dict[str, pl.DataFrame]:
    """The texts of DATA that a model is scored on, by their split, to be kept out of others.

    They are those of validation and test splits that DATA names; all of them if it names none.

    Raises:
        DataError: DATA cannot be found or read.
        FetchError: It has to be fetched, and no source gave it.
    """
    raw = read_texts(find_texts(data), text_column)
    named = _texts_by_split({}, raw.scored)
    return named or {"test": clean_texts(raw.frame)[0].drop_nulls("text")}


def _texts_by_split(
    given: Mapping[str, pl.DataFrame], own: pl.DataFrame
) -> dict[str, pl.DataFrame]:
    """The texts to keep out, each once, with their `key`; of pairs, both by themselves.

    Args:
        given: Clean rows by their split.
        own: Raw texts with the column `split`.
    """
    texts = {split: _texts_of(rows) for split, rows in given.items()}
    cleaned = clean_texts(own)[0].drop_nulls("text")
    for split in SCORED:
        rows = _texts_of(cleaned.filter(pl.col("split") == split))
        if rows.height:
            texts[split] = pl.concat([texts.get(split, rows.clear()), rows]).unique(
                "key", keep="first", maintain_order=True
            )
    return texts


def _texts_of(rows: pl.DataFrame) -> pl.DataFrame:
    texts = pl.concat([rows.select(text=pl.col(name)) for name in text_columns(rows)])
    return texts.select("text", text_key(texts)).unique("key", keep="first", maintain_order=True)


def _sample(texts: pl.DataFrame, most: int | None, seed: int) -> pl.DataFrame:
    if most is None or texts.height <= most:
        return texts
    return texts[np.sort(np.random.default_rng(seed).permutation(texts.height)[:most])]


def _without_alike(
    texts: pl.DataFrame, all_texts: pl.DataFrame, scored: Mapping[str, pl.DataFrame]
) -> tuple[pl.DataFrame, dict[str, int], list[Note]]:
    """Number what is alike, and leave out what is like a scored text.

    Args:
        texts: None of which is a scored text itself.
        all_texts: The same and those that are, to count them.
        scored: Texts to be scored, by their split.

    Returns:
        The texts with the column `alike`; what was left out by split, copies of scored texts among
        it; and that in words.
    """
    alike = near_groups(
        find_words(pl.concat([texts["text"], *(s["text"] for s in scored.values())]))
    )
    grouped = texts.with_columns(alike=pl.Series(alike[: texts.height]))
    kept_out: dict[str, int] = {}
    notes = []
    start = texts.height
    for split, rows in scored.items():
        same = all_texts.filter(pl.col("key").is_in(rows["key"].implode()))
        is_like = pl.col("alike").is_in(pl.Series(alike[start : start + rows.height]).implode())
        like = grouped.filter(is_like)
        grouped = grouped.filter(~is_like)
        start += rows.height
        kept_out[split] = same.height + like.height
        message = (
            f"Kept out: {counted(same.height, 'text')} of the {split} split, and"
            f" {like.height:,} that {one_or_many(like.height, 'differs', 'differ')} from one in a"
            " word or two."
        )
        left_out = pl.concat([same.select("file", "row"), like.select("file", "row")])
        notes.append(Note("kept-out", message, _ids(left_out)))
    return grouped, kept_out, notes


def _dropped(what: str, before: pl.DataFrame, after: pl.DataFrame) -> list[Note]:
    gone = before.join(after, on=["file", "row"], how="anti", maintain_order="left")
    message = f"{what}, dropped: {gone.height:,}."
    return [Note("dropped", message, _ids(gone))] if gone.height else []


def _ids(rows: pl.DataFrame) -> tuple[str, ...]:
    return tuple(row_ids(rows.head(MAX_NOTE_ROWS)))


def _require_enough(unlabelled: Unlabelled) -> None:
    if unlabelled.frame.height >= FEWEST_TEXTS:
        return
    kept_out = sum(unlabelled.kept_out.values())
    left = f"{counted(unlabelled.frame.height, 'text')} of {unlabelled.found:,}"
    if unlabelled.found == 0:
        raise DataError("There are no texts.", where=unlabelled.name)
    if 2 * unlabelled.copies > unlabelled.found:
        what, fix = "Nearly all texts are copies of each other.", "give texts that differ"
    elif 2 * kept_out > unlabelled.found:
        what = "Nearly all texts are among those that are to be scored, and were kept out."
        fix = "give other texts than the validation and test rows"
    else:
        what, fix = "There are too few texts to learn from.", "give more texts"
    raise DataError(
        what,
        where=unlabelled.name,
        found=f"{left} can be used; {FEWEST_TEXTS} are needed",
        details=[note.message for note in unlabelled.notes if note.topic in _LEFT_OUT],
        fix=fix,
    )


_LEFT_OUT = ("dropped", "kept-out")
