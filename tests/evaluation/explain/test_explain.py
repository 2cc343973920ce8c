from __future__ import annotations

import dataclasses
import unicodedata
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.conftest import TinyRun
from tests.tiny import BAD, GOOD, make_reviews

from newtrick.classifier import Classifier, load
from newtrick.encoder.encoder import Encoder
from newtrick.encoder.load import load_encoder
from newtrick.encoder.tokens import Truncation
from newtrick.errors import DataError
from newtrick.evaluation.explain.explain import explain
from newtrick.evaluation.explain.explanation import Explanation
from newtrick.evaluation.explain.faithfulness import check_explanations
from newtrick.evaluation.explain.occlusion import occlusion_effects
from newtrick.recipe import ModelSettings, Recipe


@pytest.fixture(scope="module")
def encoder(tiny_run: TinyRun) -> Encoder:
    return load(tiny_run.run.folder).encoder


def explained(encoder: Encoder, texts: Sequence[str]) -> list[Explanation]:
    return explain(encoder, texts, Classifier(encoder).predict_logits(texts))


def reading(encoder: Encoder, truncation: Truncation) -> Encoder:
    return dataclasses.replace(encoder, truncation=truncation)


def test_the_words_that_tell_reviews_apart_are_those_that_moved_the_decision(
    encoder: Encoder,
) -> None:
    telling = {"pos": set(GOOD), "neg": set(BAD)}
    known = explained(encoder, [text for text, _ in make_reviews(40, seed=5)])
    hits = [answer.strongest(1)[0].word in telling[answer.label] for answer in known]
    assert np.mean(hits) > 0.5  # by chance it would be 0.2


def test_the_effects_add_up_to_what_the_words_change(encoder: Encoder) -> None:
    known = explained(encoder, ["the lovely film", "film"])
    odds = [np.log(answer.probability / (1 - answer.probability)) for answer in known]
    assert sum(word.effect for word in known[0].words) > 0
    assert odds[0] > abs(odds[1])


def test_words_are_told_in_order_with_their_place_in_the_text(encoder: Encoder) -> None:
    text = "The film, isn't it superb?"
    (known,) = explained(encoder, [text])
    assert [word.word for word in known.words] == ["The", "film", ",", "isn't", "it", "superb", "?"]
    assert all(text[word.start : word.end] == word.word for word in known.words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        ("superb", 1),
        ("👍🏽 superb 🎬", 3),
        ("这部电影很好看", 7),
        ("...", 1),
        (unicodedata.normalize("NFD", "Zoë"), 1),
    ],
)
def test_any_text_can_be_explained(encoder: Encoder, text: str, words: int) -> None:
    (known,) = explained(encoder, [text])
    assert len(known.words) == words
    assert all(np.isfinite(word.effect) for word in known.words)


def test_words_that_are_cut_off_have_no_effect(encoder: Encoder) -> None:
    cut = reading(encoder, Truncation(8, "head"))
    (known,) = explained(cut, ["superb " + "film " * 8 + "superb"])
    assert known.words[0].effect != 0
    assert {word.effect for word in known.words[6:]} == {0.0}


def test_a_text_that_is_read_in_windows_is_explained_in_all_of_them(encoder: Encoder) -> None:
    text = " ".join(["superb film the plot"] * 8)
    windows = reading(encoder, Truncation(12, "windows", max_windows=4))
    known, short = explained(windows, [text, "dull"])
    assert len(known.words) == 32
    assert all(word.effect for word in known.words)
    assert explained(windows, [text])[0].words[0].effect == pytest.approx(
        known.words[0].effect, abs=1e-4
    )
    assert len(short.words) == 1


def test_texts_are_explained_alike_whether_alone_or_among_others(encoder: Encoder) -> None:
    texts = [text for text, _ in make_reviews(30, seed=2)]
    together = explained(encoder, texts)
    for text, known in list(zip(texts, together, strict=True))[:5]:
        (alone,) = explained(encoder, [text])
        effects = [word.effect for word in known.words]
        np.testing.assert_allclose([word.effect for word in alone.words], effects, atol=1e-4)


def test_the_model_is_left_as_it_was(encoder: Encoder) -> None:
    before = Classifier(encoder).predict_logits(["a superb film"])
    encoder.model.train()
    explained(encoder, ["a dull film"])
    assert encoder.model.training
    encoder.model.eval()
    assert all(weight.grad is None for weight in encoder.model.parameters())
    np.testing.assert_array_equal(Classifier(encoder).predict_logits(["a superb film"]), before)


@pytest.mark.parametrize(
    "kind", ["roberta", "distilbert", "electra", "deberta-v2", "modernbert", "mpnet"]
)
def test_models_of_other_kinds_are_explained_too(
    encoder_of: Callable[[str], Path], encoder: Encoder, kind: str
) -> None:
    recipe = Recipe(model=ModelSettings(name=str(encoder_of(kind))))
    other = load_encoder(recipe, encoder.labels)
    (known,) = explained(other, ["a superb film"])
    assert len({word.effect for word in known.words}) == 3


def test_occlusion_tells_by_how_much_the_answer_falls_without_a_word(encoder: Encoder) -> None:
    text, less = "the awful film", "the film"
    before, after = Classifier(encoder).predict_logits([text, less]).astype(float)
    answer = int(before.argmax())
    effects = occlusion_effects(encoder, text, [(0, 3), (4, 9), (10, 14)], answer)
    lost = (before[answer] - before[1 - answer]) - (after[answer] - after[1 - answer])
    assert effects[1] == pytest.approx(lost, abs=1e-4)
    assert effects.shape == (3,)


def test_a_model_without_gradients_is_explained_by_leaving_out_words(encoder: Encoder) -> None:
    def refuse(*_: object) -> None:
        raise RuntimeError("no gradients here")

    hook = encoder.model.get_input_embeddings().register_forward_hook(
        lambda *_: refuse() if torch.is_grad_enabled() else None
    )
    try:
        (known,) = explained(encoder, ["the superb film"])
    finally:
        hook.remove()
    assert known.words[1].effect > abs(known.words[2].effect)


def test_a_model_in_bfloat16_is_explained(tiny_run: TinyRun) -> None:
    encoder = load(tiny_run.run.folder, precision="bfloat16").encoder
    (known,) = explained(encoder, ["the superb film"])
    assert known.strongest(1)[0].word == "superb"


def test_without_its_top_words_an_answer_falls_more_than_without_random_ones(
    encoder: Encoder,
) -> None:
    scores = check_explanations(
        encoder, explained(encoder, [text for text, _ in make_reviews(40, seed=7)])
    )
    assert scores is not None
    assert scores.rows == 40
    assert scores.drop_by_top_words > scores.drop_by_random_words
    assert scores.difference_interval is not None
    assert 0 < scores.difference_interval[0] < scores.difference < scores.difference_interval[1]


def test_few_texts_or_texts_of_one_word_say_nothing_of_explanations(encoder: Encoder) -> None:
    assert check_explanations(encoder, explained(encoder, ["a superb film"])) is None
    assert check_explanations(encoder, explained(encoder, ["superb"] * 20)) is None
    assert check_explanations(encoder, []) is None


def test_a_classifier_explains_what_it_reads(encoder: Encoder) -> None:
    (known,) = Classifier(encoder).explain(["<b>a superb</b> &amp; clever film"])
    assert known.text == "a superb & clever film"
    assert known.label == "pos"
    assert Classifier(encoder).explain([]) == []
    with pytest.raises(DataError, match="string"):
        Classifier(encoder).explain([None])  # type: ignore[list-item]
