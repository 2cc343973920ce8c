from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import torch
from tests.tiny import MODELS, build_encoder, head_of
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from newtrick.data.dataset import LabelSet
from newtrick.encoder.find import hub_id, model_hashes
from newtrick.encoder.load import load_encoder, load_trained
from newtrick.encoder.save import TRAINED_ON_SCHEMA, read_trained_on, save_trained
from newtrick.encoder.tokens import Truncation
from newtrick.errors import ModelError, StorageError
from newtrick.evaluation.predict import predict_logits
from newtrick.recipe import Recipe

LABELS = LabelSet(("neg", "pos"), "pos")
NOTHING = TRAINED_ON_SCHEMA.to_frame()


def recipe_for(folder: Path, **settings: object) -> Recipe:
    return Recipe().with_settings({"model.name": str(folder), **settings})


@pytest.mark.parametrize("model_type", MODELS)
def test_every_kind_of_encoder_is_saved_so_that_plain_transformers_gives_the_same_logits(
    model_type: str, encoder_of: Callable[[str], Path], tmp_path: Path
) -> None:
    encoder = load_encoder(recipe_for(encoder_of(model_type)), LABELS)
    texts = ["a lovely film", "the plot was dull and the actor very very flat " * 20]
    logits = predict_logits(
        encoder.model, encoder.tokenize(texts), pad_id=encoder.pad_id, batch_size=2
    )
    save_trained(tmp_path / "model", encoder, NOTHING)

    model = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    inputs = tokenizer(texts, truncation=True, padding=True, return_tensors="pt")
    with torch.inference_mode():
        plain = model(**inputs).logits.numpy()
    np.testing.assert_allclose(logits, plain, atol=1e-5)
    assert model.config.id2label == {0: "neg", 1: "pos"}


@pytest.mark.parametrize("keep", ["head+tail", "windows"])
def test_a_saved_model_reads_text_as_it_was_trained_to(
    tiny_encoder: Path, tmp_path: Path, keep: str
) -> None:
    settings = {"data.max_tokens": 20, "data.truncation": keep, "data.max_windows": 5}
    recipe = recipe_for(tiny_encoder, **settings)
    encoder = load_encoder(recipe, LabelSet(("spam", "ham"), "spam"))
    save_trained(tmp_path / "model", encoder, NOTHING)
    again = load_trained(tmp_path / "model")
    assert again.truncation == encoder.truncation
    assert again.labels == encoder.labels


def test_a_model_that_was_saved_before_there_were_windows_is_read(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    save_trained(tmp_path / "model", load_encoder(recipe_for(tiny_encoder), LABELS), NOTHING)
    path = tmp_path / "model" / "newtrick.json"
    document = json.loads(path.read_text())
    del document["max_windows"]
    path.write_text(json.dumps(document))
    assert load_trained(tmp_path / "model").truncation == Truncation(128, "head")


def test_the_new_head_depends_on_the_seed_alone(tiny_encoder: Path) -> None:
    def head(seed: int) -> torch.Tensor:
        recipe = recipe_for(tiny_encoder, **{"training.seed": seed})
        weights: torch.Tensor = head_of(load_encoder(recipe, LABELS).model)
        return weights

    torch.manual_seed(99)
    assert torch.equal(head(1), head(1))
    assert not torch.equal(head(1), head(2))


def test_loading_leaves_the_callers_random_numbers_alone(tiny_encoder: Path) -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    load_encoder(recipe_for(tiny_encoder), LABELS)
    assert torch.equal(torch.rand(1), expected)


def test_a_head_that_was_trained_for_the_same_labels_is_kept(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    first = load_encoder(recipe_for(tiny_encoder), LABELS)
    save_trained(tmp_path / "model", first, NOTHING)
    again = load_encoder(recipe_for(tmp_path / "model", **{"training.seed": 7}), LABELS)
    assert torch.equal(head_of(again.model), head_of(first.model))


def test_a_head_for_other_labels_is_made_anew(tiny_encoder: Path, tmp_path: Path) -> None:
    first = load_encoder(recipe_for(tiny_encoder), LABELS)
    save_trained(tmp_path / "model", first, NOTHING)
    swapped = load_encoder(recipe_for(tmp_path / "model"), LabelSet(("pos", "neg"), "neg"))
    three = load_encoder(recipe_for(tmp_path / "model"), LabelSet(("a", "b", "c")))
    assert not torch.equal(head_of(swapped.model), head_of(first.model))
    assert head_of(three.model).shape == (3, 16)


def test_a_limit_beyond_the_models_own_is_lowered_and_said(
    tiny_encoder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = load_encoder(recipe_for(tiny_encoder, **{"data.max_tokens": 4096}), LABELS)
    assert encoder.truncation.max_tokens == 128
    assert "at most 128 tokens" in caplog.text


def test_a_model_trained_on_short_texts_can_be_trained_on_longer_ones(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    short = load_encoder(recipe_for(tiny_encoder, **{"data.max_tokens": 20}), LABELS)
    save_trained(tmp_path / "model", short, NOTHING)
    longer = load_encoder(recipe_for(tmp_path / "model", **{"data.max_tokens": 100}), LABELS)
    assert longer.truncation.max_tokens == 100


def test_positions_that_roberta_leaves_out_do_not_count(
    encoder_of: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(encoder_of("roberta"), tmp_path / "roberta")
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    settings["model_max_length"] = 10**30
    path.write_text(json.dumps(settings))
    encoder = load_encoder(recipe_for(folder, **{"data.max_tokens": 4096}), LABELS)
    assert encoder.truncation.max_tokens == 129
    tokens = encoder.tokenize(["film " * 500])
    predict_logits(encoder.model, tokens, pad_id=encoder.pad_id, batch_size=1)


def test_what_a_model_was_trained_on_is_kept_with_it(tiny_encoder: Path, tmp_path: Path) -> None:
    encoder = load_encoder(recipe_for(tiny_encoder), LABELS)
    texts = pl.DataFrame({"hash": [7, 3, 7], "split": ["train"] * 3}, schema=TRAINED_ON_SCHEMA)
    save_trained(tmp_path / "model", encoder, texts)
    assert read_trained_on(tmp_path / "model")["hash"].to_list() == [3, 7]
    assert read_trained_on(tiny_encoder).is_empty()


def test_a_full_disk_leaves_no_half_model(
    tiny_encoder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder(recipe_for(tiny_encoder), LABELS)

    def full(*_: object, **__: object) -> None:
        raise RuntimeError("No space left on device (os error 28)")  # as the Rust libraries say it

    monkeypatch.setattr(type(encoder.tokenizer), "save_pretrained", full)
    with pytest.raises(StorageError, match="disk is full"):
        save_trained(tmp_path / "model", encoder, NOTHING)
    assert list(tmp_path.iterdir()) == []


def test_truncation_and_padding_that_a_tokenizer_file_carries_are_reset(tmp_path: Path) -> None:
    folder = build_encoder(tmp_path / "encoder")
    path = folder / "tokenizer.json"
    document = json.loads(path.read_text())
    document["truncation"] = {
        "direction": "Right",
        "max_length": 5,
        "strategy": "LongestFirst",
        "stride": 0,
    }
    path.write_text(json.dumps(document))
    encoder = load_encoder(recipe_for(folder), LABELS)
    assert encoder.tokenize(["film " * 50]).lengths.tolist() == [52]


def test_attention_dropout_is_set_or_left_as_the_model_has_it(tiny_encoder: Path) -> None:
    without = load_encoder(recipe_for(tiny_encoder), LABELS)
    own = load_encoder(recipe_for(tiny_encoder, **{"model.attention_dropout": "own"}), LABELS)
    assert without.model.config.attention_probs_dropout_prob == 0.0
    assert own.model.config.attention_probs_dropout_prob == 0.1


def test_every_file_that_makes_the_model_has_a_hash(tmp_path: Path) -> None:
    folder = build_encoder(tmp_path / "model")
    before = model_hashes(folder)
    assert before.keys() >= {"config.json", "model.safetensors", "tokenizer.json"}
    (folder / "README.md").write_text("Read me.")
    assert model_hashes(folder) == before
    (folder / "config.json").write_text("{}")
    assert model_hashes(folder) != before


def refused(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        load_encoder(recipe_for(folder), LABELS)
    return str(caught.value)


def test_a_model_that_is_not_there_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    assert "no such model" in refused(tmp_path / "nothing")
    assert "did you mean all-MiniLM-L6-v2?" in refused(Path("all-MinLM-L6-v2"))


def test_a_file_is_no_model(reviews: Path) -> None:
    assert "A model is a folder" in refused(reviews)


def test_a_local_folder_is_not_credited_to_the_hub(tmp_path: Path) -> None:
    assert hub_id("all-MiniLM-L6-v2") == "sentence-transformers/all-MiniLM-L6-v2"
    assert hub_id("hf://someone/something@main") == "someone/something"
    (tmp_path / "all-MiniLM-L6-v2").mkdir()
    assert hub_id("all-MiniLM-L6-v2") is None


def test_a_folder_without_config_is_refused_and_a_run_folder_is_pointed_inwards(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    shutil.copytree(tiny_encoder, tmp_path / "run" / "model")
    assert "no config.json" in refused(tmp_path)
    assert str(tmp_path / "run" / "model") in refused(tmp_path / "run")


def test_a_folder_without_weights_is_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_encoder, tmp_path / "model")
    (tmp_path / "model" / "model.safetensors").unlink()
    assert "no weights" in refused(tmp_path / "model")


def test_pickled_weights_alone_are_refused_with_the_reason(
    tiny_encoder: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    message = refused(folder)
    assert "pickle can run any code" in message
    assert "pytorch_model.bin" in message


def test_damaged_weights_and_config_are_refused(tiny_encoder: Path, tmp_path: Path) -> None:
    torn = shutil.copytree(tiny_encoder, tmp_path / "torn")
    content = (torn / "model.safetensors").read_bytes()
    (torn / "model.safetensors").write_bytes(content[: len(content) // 2])
    assert "cannot be loaded" in refused(torn)
    garbled = shutil.copytree(tiny_encoder, tmp_path / "garbled")
    (garbled / "config.json").write_text("{")
    assert "config.json cannot be used" in refused(garbled)


def test_weights_of_another_architecture_are_refused(
    tiny_encoder: Path, encoder_of: Callable[[str], Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(tiny_encoder, tmp_path / "model")
    shutil.copy(encoder_of("distilbert") / "model.safetensors", folder)
    assert "do not fit" in refused(folder)


def test_an_encoder_without_a_trained_head_does_not_predict(tiny_encoder: Path) -> None:
    with pytest.raises(ModelError, match="no trained classification head"):
        load_trained(tiny_encoder)
