"""Tiny things that tests train on: a random encoder of any kind, and easy reviews."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable
from pathlib import Path

import torch
import transformers
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import AutoModel, PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

from newtrick.encoder.quiet import quiet_transformers

GOOD = ("lovely", "superb", "warm", "clever", "moving", "bright")
BAD = ("dull", "awful", "cold", "stupid", "boring", "flat")
FILLER = ("the", "film", "plot", "is", "a", "and", "story", "with", "very", "actor", "scene", "was")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")

QUICK: dict[str, object] = {
    "data.max_tokens": 32,
    "training.learning_rate": 0.005,
    "training.train_batch_size": 16,
    "training.epochs": 8.0,
    "training.precision": "float32",
}
"""Settings with which a tiny encoder learns the easy reviews in a second or two."""

MODELS: dict[str, dict[str, object]] = {
    "bert": {},
    "roberta": {"max_position_embeddings": 130, "pad_token_id": 0},
    "distilbert": {"dim": 16, "n_layers": 2, "n_heads": 2, "hidden_dim": 32},
    "electra": {"embedding_size": 16},
    "deberta-v2": {"relative_attention": True, "pos_att_type": ["p2c", "c2p"]},
    "modernbert": {"global_attn_every_n_layers": 2, "local_attention": 16},
    "mpnet": {"max_position_embeddings": 130},
}


def write_csv(path: Path, rows: Iterable[Iterable[object]]) -> Path:
    """A csv file of rows, the first of them the names of the columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def make_reviews(rows: int, seed: int = 0) -> list[tuple[str, str]]:
    """Short reviews and their labels in turn, `neg` and `pos`; a few words tell them apart."""
    chance = random.Random(seed)
    reviews = []
    for number in range(rows):
        label = ("neg", "pos")[number % 2]
        words = chance.choices(FILLER, k=chance.randint(3, 12))
        for _ in range(2):
            telling = chance.choice(GOOD if label == "pos" else BAD)
            words.insert(chance.randrange(len(words)), telling)
        reviews.append((" ".join(words), label))
    return reviews


def write_reviews(path: Path, rows: int = 240, seed: int = 0) -> Path:
    """A csv file of `make_reviews` with the columns `text` and `label`."""
    return write_csv(path, [("text", "label"), *make_reviews(rows, seed)])


def make_pairs(rows: int, seed: int = 0) -> list[tuple[str, str, str]]:
    """Two short reviews and the label of the second in turn; the first may say the opposite."""
    firsts, seconds = make_reviews(rows, seed), make_reviews(rows, seed + 1000)
    random.Random(seed).shuffle(firsts)
    return [(first, *second) for (first, _), second in zip(firsts, seconds, strict=True)]


def write_pairs(path: Path, rows: int = 240, seed: int = 0) -> Path:
    """A csv file of `make_pairs` with the columns `text`, `reply` and `label`."""
    return write_csv(path, [("text", "reply", "label"), *make_pairs(rows, seed)])


def build_tokenizer() -> PreTrainedTokenizerFast:
    """Whole words of the three word lists, anything else unknown; BERT's special tokens."""
    vocabulary = {word: index for index, word in enumerate((*SPECIAL, *GOOD, *BAD, *FILLER))}
    backend = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106
    backend.normalizer = normalizers.Lowercase()
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", 2), ("[SEP]", 3)],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=backend,
        pad_token="[PAD]",  # noqa: S106
        unk_token="[UNK]",  # noqa: S106
        cls_token="[CLS]",  # noqa: S106
        sep_token="[SEP]",  # noqa: S106
        mask_token="[MASK]",  # noqa: S106
        model_max_length=128,
    )


def head_of(model: PreTrainedModel) -> torch.Tensor:
    """The weights of the classification head of a tiny BERT."""
    return model.get_parameter("classifier.weight")


def build_encoder(folder: Path, model_type: str = "bert") -> Path:
    """Save a random encoder with two layers of width 16 and its tokenizer."""
    tokenizer = build_tokenizer()
    shape: dict[str, object] = {
        "vocab_size": len(tokenizer),
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "intermediate_size": 32,
        "max_position_embeddings": 128,
        "pad_token_id": 0,
    }
    config: PreTrainedConfig = transformers.AutoConfig.for_model(
        model_type, **(shape | MODELS[model_type])
    )
    with torch.random.fork_rng(devices=[]), quiet_transformers():
        torch.manual_seed(0)
        AutoModel.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


TOPICS = {"praise": GOOD, "blame": BAD, "acting": ("actor", "scene")}


def make_topics(rows: int, seed: int = 0) -> list[tuple[str, list[str]]]:
    """Short reviews with any number of labels, each told by three words; `rare` by none."""
    chance = random.Random(seed)
    reviews = []
    for number in range(rows):
        labels = [name for name in TOPICS if chance.random() < 0.4]
        words = ["the", "film", "is", "a", "story"]
        for name in labels:
            words += chance.choices(TOPICS[name], k=3)
        chance.shuffle(words)
        reviews.append((f"{' '.join(words)} {number}", labels + ["rare"] * (number % 50 == 0)))
    return reviews


def write_topics(path: Path, rows: int = 400, seed: int = 0) -> Path:
    """A jsonl file of `make_topics` with `text` and `labels`."""
    lines = [
        json.dumps({"text": text, "labels": labels}) for text, labels in make_topics(rows, seed)
    ]
    path.write_text("\n".join(lines), "utf-8")
    return path


def make_echoes(texts: int, seed: int = 0) -> list[str]:
    """Different texts of two words in turn: who knows one of them knows what is hidden of it."""
    chance = random.Random(seed)
    words = (*GOOD, *BAD, *FILLER)
    pairs = [(one, other) for one in words for other in words if one != other]
    return [" ".join(pair * chance.randint(4, 8)) for pair in chance.sample(pairs, texts)]


def write_echoes(path: Path, texts: int = 400, seed: int = 0) -> Path:
    """A csv file of `make_echoes` with the column `text`."""
    return write_csv(path, [("text",), *([text] for text in make_echoes(texts, seed))])
