from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import polars as pl
import torch
from tests.tiny import make_reviews

from newtrick.data.dataset import SCHEMA, LabelSet
from newtrick.encoder.load import load_encoder
from newtrick.evaluation.predict import predict_logits, probabilities
from newtrick.evaluation.predictions import predictions_file
from newtrick.recipe import Recipe

LABELS = LabelSet(("neg", "pos"), "pos")


def test_batches_change_neither_the_order_nor_the_scores(tiny_encoder: Path) -> None:
    encoder = load_encoder(Recipe().with_settings({"model.name": str(tiny_encoder)}), LABELS)
    tokens = encoder.tokenize([text for text, _ in make_reviews(41)])
    seen: list[int] = []
    batched = predict_logits(
        encoder.model, tokens, pad_id=encoder.pad_id, batch_size=8, progress=seen.append
    )
    singly = predict_logits(encoder.model, tokens, pad_id=encoder.pad_id, batch_size=1)
    np.testing.assert_allclose(batched, singly, atol=1e-6)
    assert seen == [8, 16, 24, 32, 40, 41]


def test_texts_of_one_window_and_of_several_keep_their_places(tiny_encoder: Path) -> None:
    settings = {"model.name": str(tiny_encoder), "data.max_tokens": 7, "data.truncation": "windows"}
    encoder = load_encoder(Recipe().with_settings(settings), LABELS)
    tokens = encoder.tokenize([text for text, _ in make_reviews(41)])
    assert set(tokens.windows) == {1, 2, 3}
    batched = predict_logits(encoder.model, tokens, pad_id=encoder.pad_id, batch_size=8)
    for row in range(len(tokens)):
        windows = [torch.from_numpy(window)[None] for window in tokens.windows_of(row)]
        with torch.inference_mode():
            logits = torch.cat([encoder.model(window).logits for window in windows])
        np.testing.assert_allclose(batched[row], logits.mean(dim=0), atol=1e-6)


def test_the_model_stays_in_training_mode_if_it_was(tiny_encoder: Path) -> None:
    encoder = load_encoder(Recipe().with_settings({"model.name": str(tiny_encoder)}), LABELS)
    encoder.model.train()
    predict_logits(encoder.model, encoder.tokenize(["film"]), pad_id=encoder.pad_id, batch_size=1)
    assert encoder.model.training


def test_a_predictions_file_has_the_row_the_labels_and_every_probability() -> None:
    split = pl.DataFrame(
        {"file": ["a.csv", "a.csv"], "row": [4, 9], "text": ["x", "y"], "label": [1, 0]},
        schema=SCHEMA,
    )
    logits = np.array([[1, 0], [2, 0]], dtype=np.float32)
    frame = pl.read_parquet(io.BytesIO(predictions_file(split, logits, LABELS)))
    assert frame["id"].to_list() == ["a.csv:4", "a.csv:9"]
    assert frame["label"].to_list() == ["pos", "neg"]
    assert frame["predicted"].to_list() == ["neg", "neg"]
    shares = frame.select("probability_neg", "probability_pos").to_numpy()
    np.testing.assert_allclose(shares, probabilities(logits))
