"""Adapting an encoder, by itself and before a training."""

from __future__ import annotations

import json
import signal
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
import torch
from tests.conftest import TinyRun
from tests.tiny import QUICK, build_encoder, make_echoes, write_csv, write_echoes, write_reviews
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoTokenizer,
)

from newtrick import Adaptation, Run, adapt, train
from newtrick.adaptation import adapted
from newtrick.data.dataset import Note
from newtrick.encoder.quiet import quiet_transformers
from newtrick.encoder.save import read_trained_on
from newtrick.errors import DataError, Interrupted, ModelError, UsageError
from newtrick.hashing import file_sha256
from newtrick.job import prepare, read_data
from newtrick.journal import Event, MaskedEvaluation, Step, read_events
from newtrick.progress import Watcher
from newtrick.recipe import Recipe
from newtrick.resume import Beginning
from newtrick.run import RunFolder
from newtrick.training.interrupt import StopRequest

ADAPT = QUICK | {"training.learning_rate": 0.01, "training.epochs": 6.0}


class Listener(Watcher):
    """Keeps what is told, and may stop at a step."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.notes: list[str] = []
        self._stop_at = stop_at

    def note(self, note: Note) -> None:
        self.notes.append(note.message)

    def event(self, event: Event) -> None:
        if isinstance(event, Step) and event.step == self._stop_at:
            self._stop_at = None
            signal.raise_signal(signal.SIGTERM)


def weights(model: Path) -> str:
    return file_sha256(model / "model.safetensors")


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_encoder(tmp_path_factory.mktemp("encoder") / "tiny")


@pytest.fixture(scope="module")
def adaptation(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> Adaptation:
    """An adaptation to texts of which some are test texts."""
    folder = tmp_path_factory.mktemp("adaptation")
    texts = make_echoes(400)
    data = write_csv(folder / "texts.csv", [("text",), *([text] for text in texts)])
    test = write_csv(folder / "test.csv", [("text", "label"), *((t, "pos") for t in texts[:30])])
    return adapt(data, test=test, model=encoder, settings=ADAPT, out=folder / "run")


def test_an_adapted_encoder_guesses_better_than_before(adaptation: Adaptation) -> None:
    result = adaptation.result
    assert result.new_head
    assert result.before is not None
    assert result.after.perplexity < 0.8 * result.before.perplexity
    assert result.after.perplexity < 0.8 * result.base_perplexity
    low, high = result.after.perplexity_interval or (0, 0)
    assert low < result.after.perplexity < high


def test_the_result_says_what_became_of_the_texts(adaptation: Adaptation) -> None:
    written = json.loads((adaptation.folder / "result.json").read_text("utf-8"))
    assert written["texts"] | {"read": 0, "held_out": 0} == {
        "name": "texts",
        "found": 400,
        "copies": 0,
        "kept_out": {"test": 30},
        "read": 0,
        "held_out": 0,
    }
    assert written["texts"]["read"] + written["texts"]["held_out"] == 370
    assert written["texts"]["held_out"] == 37


def test_the_card_says_what_was_used_and_kept_out_and_what_it_was_worth(
    adaptation: Adaptation,
) -> None:
    card = (adaptation.folder / "model" / "README.md").read_text("utf-8")
    assert "of the test split or differ from one in a word or two: 30" in card
    assert f"{adaptation.result.after.perplexity:.2f}" in card
    assert "pipeline_tag: fill-mask" in card


def test_plain_transformers_loads_the_encoder_and_its_head(adaptation: Adaptation) -> None:
    folder = adaptation.folder / "model"
    with quiet_transformers():
        masked, report = AutoModelForMaskedLM.from_pretrained(folder, output_loading_info=True)
        plain = AutoModel.from_pretrained(folder)
        tokenizer = AutoTokenizer.from_pretrained(folder)
    assert not report["missing_keys"]
    inputs = tokenizer("warm plot warm [MASK] warm plot warm plot", return_tensors="pt")
    place = int((inputs["input_ids"][0] == tokenizer.mask_token_id).nonzero())
    with torch.inference_mode():
        masked.eval()(**inputs).logits[0, place].topk(5)
    for name, tensor in plain.state_dict().items():
        if name in masked.base_model.state_dict():
            assert torch.equal(tensor, masked.base_model.state_dict()[name])


def test_the_pooler_that_the_head_has_no_use_for_is_kept(
    adaptation: Adaptation, encoder: Path
) -> None:
    with quiet_transformers():
        before, after = (
            AutoModel.from_pretrained(folder) for folder in (encoder, adaptation.folder / "model")
        )
    assert torch.equal(before.pooler.dense.weight, after.pooler.dense.weight)


def test_training_takes_an_adapted_encoder(adaptation: Adaptation, reviews: Path) -> None:
    run = train(reviews, model=adaptation.folder / "model", settings=QUICK, out="run")
    assert run.result.test.accuracy > 0.8
    assert "adapted-on" not in {finding.code for finding in run.findings}


def test_a_training_tells_of_test_texts_that_its_encoder_was_adapted_to(
    tmp_path: Path, encoder: Path, reviews: Path
) -> None:
    adapted_to = adapt(reviews, model=encoder, settings=QUICK, out=tmp_path / "adapted")
    run = train(reviews, model=adapted_to.folder / "model", settings=QUICK, out=tmp_path / "run")
    found = {finding.code: finding for finding in run.findings}
    assert found["adapted-on"].evidence["rows"] == run.result.test.rows
    kept = read_trained_on(run.folder / "model")
    assert kept.filter(pl.col("split") == "adaptation").height == 240


def test_an_encoder_with_a_head_goes_on_with_it(adaptation: Adaptation, tmp_path: Path) -> None:
    texts = write_echoes(tmp_path / "more.csv", seed=3)
    again = adapt(texts, model=adaptation.folder / "model", settings=ADAPT, out=tmp_path / "run")
    assert not again.result.new_head
    assert again.result.before is not None
    assert again.result.before.perplexity < again.result.base_perplexity
    assert again.result.before.perplexity_interval is not None
    assert read_trained_on(again.folder / "model").height > 400  # with those of before


@pytest.mark.parametrize("step", [2, 9, 30])
def test_a_resumed_adaptation_ends_with_the_same_weights(
    adaptation: Adaptation, tmp_path: Path, encoder: Path, step: int
) -> None:
    folder = adaptation.folder.parent
    with pytest.raises(Interrupted, match="newtrick adapt --resume"):
        adapt(
            folder / "texts.csv",
            test=folder / "test.csv",
            model=encoder,
            settings=ADAPT,
            out=tmp_path / "run",
            watcher=Listener(stop_at=step),
        )
    resumed = adapt(resume=tmp_path / "run")
    assert weights(tmp_path / "run" / "model") == weights(adaptation.folder / "model")
    assert resumed.result.before == adaptation.result.before
    assert resumed.result.after == adaptation.result.after


@dataclass(frozen=True)
class Chained:
    """A run that began with an adaptation to its own reviews, and what it was given."""

    run: Run
    reviews: Path
    settings: dict[str, object]


@pytest.fixture(scope="module")
def chained(tmp_path_factory: pytest.TempPathFactory, encoder: Path) -> Chained:
    folder = tmp_path_factory.mktemp("chained")
    reviews = write_reviews(folder / "reviews.csv")
    settings = QUICK | {
        "adaptation.source": str(reviews),
        "adaptation.epochs": 1.0,
        "training.epochs": 1.0,
    }
    run = train(reviews, model=encoder, settings=settings, out=folder / "run")
    return Chained(run, reviews, settings)


def test_a_training_run_can_begin_with_an_adaptation(chained: Chained, encoder: Path) -> None:
    run, own = chained.run, chained.run.folder / "adaptation"
    texts = json.loads((own / "result.json").read_text("utf-8"))["texts"]
    assert texts["kept_out"]["test"] >= run.result.test.rows
    assert texts["kept_out"]["validation"] >= run.result.validation.rows
    assert "adapted-on" not in {finding.code for finding in run.findings}
    assert run.result.model == str(encoder)
    assert "first adapted to" in (run.folder / "model" / "README.md").read_text("utf-8")
    kept = read_trained_on(run.folder / "model")
    assert kept.filter(pl.col("split") == "adaptation").height > 0


@pytest.mark.parametrize("step", [3, 14])
def test_a_run_that_begins_with_an_adaptation_is_resumed_in_either_part(
    chained: Chained, tmp_path: Path, encoder: Path, step: int
) -> None:
    class Later(Listener):
        """Counts the steps of both trainings as one."""

        taken = 0

        def event(self, event: Event) -> None:
            self.taken += isinstance(event, Step)
            if self.taken == step and isinstance(event, Step):
                signal.raise_signal(signal.SIGTERM)

    given = {"model": encoder, "settings": chained.settings, "out": tmp_path / "run"}
    with pytest.raises(Interrupted, match="newtrick train --resume"):
        train(chained.reviews, watcher=Later(), **given)  # type: ignore[arg-type]
    train(resume=tmp_path / "run")
    assert weights(tmp_path / "run" / "model") == weights(chained.run.folder / "model")


def test_words_that_the_tokenizer_breaks_can_be_made_tokens(
    tmp_path: Path, subword_encoder: Path
) -> None:
    texts = [f"{text} filmplot" for text in make_echoes(200)]
    data = write_csv(tmp_path / "texts.csv", [("text",), *([text] for text in texts)])
    settings = ADAPT | {"adaptation.added_tokens": 3, "training.epochs": 1.0}
    adapted_to = adapt(data, model=subword_encoder, settings=settings, out=tmp_path / "run")
    assert adapted_to.result.vocabulary.broken == ("filmplot",)
    assert adapted_to.result.vocabulary.added == ("filmplot",)
    with quiet_transformers():
        tokenizer = AutoTokenizer.from_pretrained(adapted_to.folder / "model")
        model = AutoModel.from_pretrained(adapted_to.folder / "model")
    assert tokenizer.tokenize("the filmplot is") == ["the", "filmplot", "is"]
    assert model.get_input_embeddings().num_embeddings == len(tokenizer)


@pytest.fixture
def subword_encoder(tmp_path: Path, encoder: Path) -> Path:
    """The tiny encoder with a tokenizer that cuts words into pieces."""
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    vocabulary = tokenizer.get_vocab()
    pieces = {("##plot" if word == "plot" else word): n for word, n in vocabulary.items()}
    backend = Tokenizer(models.WordPiece(pieces, unk_token="[UNK]"))  # noqa: S106
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    folder = build_encoder(tmp_path / "subwords")
    backend.save(str(folder / "tokenizer.json"))
    return folder


def test_texts_of_a_teacher_are_cut_as_the_adapted_encoder_cuts_them(
    tmp_path: Path, subword_encoder: Path, tiny_run: TinyRun
) -> None:
    texts = [f"{text} filmplot" for text in make_echoes(200)]
    data = write_csv(tmp_path / "texts.csv", [("text",), *([text] for text in texts)])
    recipe = Recipe().with_settings(
        QUICK
        | {
            "training.epochs": 0.5,
            "data.source": str(tiny_run.data),
            "model.name": str(subword_encoder),
            "adaptation.source": str(data),
            "adaptation.added_tokens": 1,
            "distillation.source": str(data),
            "distillation.teacher": str(tiny_run.run.folder),
        }
    )
    folder, watcher = RunFolder(tmp_path), Watcher()
    job = prepare(recipe, read_data(recipe, (), watcher), Beginning(folder), (), watcher)
    job = adapted(job, folder, StopRequest(), watcher)
    assert job.lessons is not None
    known = job.encoder.tokenize(job.lessons.rows["text"].to_list())
    assert job.lessons.tokens.flat.tolist() == known.flat.tolist()


def test_texts_in_another_alphabet_are_refused_with_the_share_of_unknown_tokens(
    tmp_path: Path, encoder: Path
) -> None:
    texts = [f"фильм номер {'а' * n} и сюжет" for n in range(1, 99)]
    data = write_csv(tmp_path / "texts.csv", [("text",), *([text] for text in texts)])
    with pytest.raises(DataError, match="another alphabet or language") as caught:
        adapt(data, model=encoder, out=tmp_path / "run")
    assert "100.0 % of the tokens are unknown" in str(caught.value)
    assert not (tmp_path / "run").exists()


def test_a_model_without_masked_language_modelling_is_refused(tmp_path: Path) -> None:
    shape = {"vocab_size": 29, "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 64}
    folder = build_encoder(tmp_path / "gpt")
    with quiet_transformers():
        config = AutoConfig.for_model("gpt2", **shape)
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    with pytest.raises(ModelError, match="no masked-language modelling"):
        adapt(write_echoes(tmp_path / "a.csv"), model=folder, out=tmp_path / "run")


def test_without_texts_nothing_is_begun(encoder: Path) -> None:
    with pytest.raises(UsageError, match="no texts to adapt to"):
        adapt(model=encoder, out="run")
    assert not Path("run").exists()


def test_an_adaptation_is_not_resumed_as_a_training_nor_the_other_way_round(
    adaptation: Adaptation, chained: Chained
) -> None:
    with pytest.raises(UsageError, match=r"a run of newtrick train") as caught:
        adapt(resume=chained.run.folder)
    assert "newtrick train --resume" in str(caught.value)
    with pytest.raises(UsageError) as caught:
        train(resume=adaptation.folder)
    assert "newtrick adapt --resume" in str(caught.value)


def test_the_adaptation_of_a_run_goes_on_with_the_run(chained: Chained) -> None:
    part = chained.run.folder / "adaptation"
    for resumed in (train, adapt):
        with pytest.raises(UsageError) as caught:
            resumed(resume=part)
        assert caught.value.fix == f"newtrick train --resume {chained.run.folder}"


def test_standard_input_is_not_read_for_rows_and_texts_both(encoder: Path) -> None:
    with pytest.raises(UsageError, match="can be read once"):
        train("-", model=encoder, settings={"adaptation.source": "-"})


def test_the_settings_of_the_adaptation_differ_from_those_of_training_where_they_are_given(
    tmp_path: Path, encoder: Path
) -> None:
    own = {"epochs": 1.0, "learning_rate": 0.001, "max_rows": 100}
    settings = ADAPT | {f"adaptation.{name}": value for name, value in own.items()}
    adapted_to = adapt(
        write_echoes(tmp_path / "a.csv"), model=encoder, settings=settings, out=tmp_path / "run"
    )
    texts = adapted_to.result.texts
    assert texts.read + texts.held_out == 100
    events = read_events(tmp_path / "run" / "journal.jsonl")
    assert max(event.learning_rate for event in events if isinstance(event, Step)) <= 0.001
    assert adapted_to.result.training.epochs == 1.0
    assert any(isinstance(event, MaskedEvaluation) for event in events)
