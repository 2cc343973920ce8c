"""What an adaptation works with: texts that were read and cut off, a model, its vocabulary."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from newtrick.data.dataset import Note
from newtrick.data.split import text_key_hashes
from newtrick.data.unlabelled import Unlabelled, load_unlabelled
from newtrick.encoder.masked import MaskedEncoder, begin_with_frequencies, load_masked
from newtrick.encoder.save import read_trained_on
from newtrick.encoder.tokens import TokenIds
from newtrick.encoder.vocabulary import VocabularyFit, add_words, refuse_foreign, vocabulary_fit
from newtrick.errors import DataError
from newtrick.evaluation.masked_score import TextsSummary, VocabularySummary
from newtrick.progress import Watcher
from newtrick.recipe import Recipe, TrainingSettings
from newtrick.resume import Beginning, Inputs, model_inputs
from newtrick.training.masked import Frequencies, HeldOutTexts, MaskedLanguage
from newtrick.training.masking import Masking

_WORTH_A_WARNING = 0.02


@dataclass(frozen=True)
class Domain:
    """What an adaptation works with.

    Attributes:
        recipe: What to do.
        settings: How it is trained: as classifiers are, unless the recipe says otherwise.
        encoder: The model, its new words among its tokens.
        objective: What is made small.
        rows: The texts to learn from.
        held_out: The texts to be examined on.
        texts: What became of all of them.
        vocabulary: How the tokenizer cuts them.
        read: The texts that are learned from or examined on, as `TRAINED_ON_SCHEMA` has them.
        made_of: Hashes of texts and model, as the manifest has them.
    """

    recipe: Recipe
    settings: TrainingSettings
    encoder: MaskedEncoder
    objective: MaskedLanguage
    rows: TokenIds
    held_out: HeldOutTexts
    texts: TextsSummary
    vocabulary: VocabularySummary
    read: pl.DataFrame
    made_of: Inputs


def prepare_domain(
    recipe: Recipe, scored: Mapping[str, pl.DataFrame], beginning: Beginning, watcher: Watcher
) -> Domain:
    """All that comes before training; what can be refused is refused here.

    Args:
        recipe: Which texts, which model, and how.
        scored: Clean rows whose texts are kept out, by their split.
        beginning: Of the run, if it was begun before.
        watcher: Sees it as it goes.

    Raises:
        DataError: The texts cannot be read, are too few, or in another language than the model's.
        ModelError: The model cannot be used for masked language modelling.
        UsageError: The run was begun with other texts or another model.
    """
    watcher.stage("Reading the texts")
    unlabelled = _read(recipe, scored, watcher)
    made_of: Inputs = {"texts": {"all": _hash(unlabelled)}}
    beginning.refuse_changed(made_of)
    learned, held = unlabelled.cut(recipe.data.validation_share, recipe.data.split_seed)
    watcher.stage("Loading the model")
    encoder = load_masked(recipe)
    made_of = {**made_of, **model_inputs(encoder.folder)}
    beginning.refuse_changed(made_of)
    watcher.stage("Looking at the vocabulary")
    vocabulary = _fit_vocabulary(encoder, unlabelled.texts, recipe, watcher)
    watcher.stage("Tokenising")
    masking = Masking.of(encoder, recipe.adaptation)
    rows = _with_something_to_ask(encoder.tokenize_once(learned["text"].to_list()), masking)
    held_tokens = _with_something_to_ask(encoder.tokenize_once(held["text"].to_list()), masking)
    frequencies = Frequencies.of(rows, masking)
    if encoder.has_new_head:
        begin_with_frequencies(encoder.model, frequencies.log_shares)
    seed = recipe.training.seed
    hashes = text_key_hashes(unlabelled.frame)
    ours = pl.select(hash=hashes, split=pl.lit("adaptation"))
    return Domain(
        recipe=recipe,
        settings=training_settings(recipe),
        encoder=encoder,
        objective=MaskedLanguage(masking, masking.counts(rows), frequencies),
        rows=rows,
        held_out=HeldOutTexts(held_tokens, masking, frequencies, seed),
        texts=TextsSummary(
            name=unlabelled.name,
            found=unlabelled.found,
            copies=unlabelled.copies,
            kept_out=dict(unlabelled.kept_out),
            read=learned.height,
            held_out=held.height,
        ),
        vocabulary=vocabulary,
        read=pl.concat([read_trained_on(encoder.folder), ours]),
        made_of=made_of,
    )


def training_settings(recipe: Recipe) -> TrainingSettings:
    """How an adaptation is trained: as classifiers are, but for what `adaptation` sets."""
    own = recipe.adaptation
    changes = {
        name: value
        for name in ("epochs", "learning_rate", "max_minutes")
        if (value := getattr(own, name)) is not None
    }
    return recipe.training.model_copy(update={**changes, "best_by": "loss"})


def _read(recipe: Recipe, scored: Mapping[str, pl.DataFrame], watcher: Watcher) -> Unlabelled:
    unlabelled = load_unlabelled(
        recipe.adaptation.source or "",
        scored=scored,
        text_column=recipe.data.text_column if recipe.data.source is None else None,
        max_rows=recipe.adaptation.max_rows or recipe.data.max_train_rows,
        seed=recipe.data.split_seed,
    )
    for note in unlabelled.notes:
        watcher.note(note)
    return unlabelled


def _hash(unlabelled: Unlabelled) -> str:
    digest = hashlib.sha256(repr(unlabelled.texts).encode("utf-8", "surrogatepass"))
    return f"{unlabelled.frame.height:,} texts, {digest.hexdigest()}"


def _fit_vocabulary(
    encoder: MaskedEncoder, texts: list[str], recipe: Recipe, watcher: Watcher
) -> VocabularySummary:
    """Look at how the texts are cut, and give the model new words if the recipe asks for them."""
    fit = vocabulary_fit(encoder.tokenizer, texts, encoder.tokenize_once(texts))
    refuse_foreign(fit, recipe.model.name)
    watcher.note(Note("vocabulary", _told(fit)))
    added = fit.broken["word"].head(recipe.adaptation.added_tokens).to_list()
    if added:
        add_words(encoder.model, encoder.tokenizer, added)
        watcher.note(Note("vocabulary", f"Words made tokens: {len(added):,}."))
    return VocabularySummary(
        unknown_share=fit.unknown_share,
        shattered_share=fit.shattered_share,
        broken=tuple(fit.shown),
        added=tuple(added),
    )


def _told(fit: VocabularyFit) -> str:
    message = (
        f"{100 * fit.unknown_share:.2f} % of {fit.tokens:,} tokens are unknown;"
        f" {100 * fit.shattered_share:.1f} % of {fit.words:,} words are cut into four pieces or"
        " more."
    )
    if max(fit.unknown_share, fit.shattered_share) > _WORTH_A_WARNING:
        message += " That is much: the vocabulary may be of another kind of text, or language."
    if fit.shown:
        message += f" The most frequent words that are cut: {', '.join(fit.shown)}."
    return message


def _with_something_to_ask(tokens: TokenIds, masking: Masking) -> TokenIds:
    """The texts without those that have special or unknown tokens alone."""
    rows = np.flatnonzero(masking.counts(tokens))
    if not len(rows):
        raise DataError(
            "The texts have no tokens that could be guessed.",
            found="special and unknown tokens alone",
            fix="choose a model that knows their language",
        )
    return tokens if len(rows) == len(tokens) else tokens.some(rows)
