"""How much of the texts is read, and what each way of cutting them would keep."""

from __future__ import annotations

import random

import polars as pl
import pytest
from tests.audit.subjects import LABELS, TEST, TRAIN, VALIDATION, Row, found, frame
from tests.tiny import BAD, FILLER, GOOD

from newtrick.audit.data import length
from newtrick.audit.data.alike import CutAlike
from newtrick.audit.data.length import CutTexts
from newtrick.audit.data.reading import Reading
from newtrick.audit.data.subject import DataSubject
from newtrick.audit.finding import Severity
from newtrick.encoder.tokens import Keep, Truncation


def verdicts_at(place: str, rows: int = 600) -> list[Row]:
    """Texts of 40 words, of which two tell the label: at the start, at the end, or nowhere."""
    chance = random.Random(place)
    texts = []
    for number in range(rows):
        label = ("neg", "pos")[number % 2]
        words = chance.choices(FILLER, k=38)
        verdict = chance.sample(GOOD if label == "pos" else BAD, 2)
        told = {"start": [*verdict, *words], "end": [*words, *verdict]}.get(place, words)
        texts.append((" ".join(told), label))
    return texts


def test_texts_that_are_cut_are_counted_by_class_with_what_is_lost() -> None:
    finding = found(max_tokens=8)["truncation"]
    assert "of the training texts are longer than 8 tokens" in finding.title
    assert finding.evidence["counted_by"] == "tiny-bert"
    for share in ("texts_share", "tokens_share"):
        low, high = sorted(float(finding.evidence[f"{share}_{name}"]) for name in LABELS)
        assert 0 < low <= float(finding.evidence[share]) <= high < 1


def test_a_class_of_longer_texts_is_named() -> None:
    longer = [(f"{text} {text} {text}" if label == "pos" else text, label) for text, label in TRAIN]
    title = found(train=longer, max_tokens=20)["truncation"].title
    assert "(0 % of 'neg'," in title
    assert "of 'pos')" in title


def test_a_verdict_at_the_end_asks_for_the_end() -> None:
    finding = found(train=verdicts_at("end"), max_tokens=20)["truncation"]
    assert finding.severity is Severity.WARNING
    assert float(finding.evidence["word_count_head"]) < 0.6
    assert finding.evidence["word_count_tail"] == finding.evidence["word_count_whole"] == 1
    assert "100.0 % by their tails" in finding.title
    assert "--set data.truncation=tail" in finding.fix
    assert "max_tokens" not in finding.fix


def test_a_verdict_at_the_start_is_kept_as_it_is() -> None:
    finding = found(train=verdicts_at("start"), max_tokens=20)["truncation"]
    assert finding.severity is Severity.INFO
    assert finding.fix.startswith("leave it so")


def test_a_verdict_in_the_middle_asks_for_more_tokens() -> None:
    halves = zip(verdicts_at("end"), verdicts_at("nowhere"), strict=True)
    rows = [(f"{text} {more}", label) for (text, label), (more, _) in halves]
    fix = found(train=rows, max_tokens=20)["truncation"].fix
    assert "--set data.max_tokens=512" in fix
    assert "data.truncation" not in fix


def test_where_the_usual_limit_is_reached_windows_read_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(length, "_USUAL_LIMIT", 20)
    halves = zip(verdicts_at("end"), verdicts_at("nowhere"), strict=True)
    rows = [(f"{text} {more}", label) for (text, label), (more, _) in halves]
    fix = found(train=rows, max_tokens=20)["truncation"].fix
    assert fix.endswith("--set data.truncation=windows")


def test_windows_that_read_the_whole_of_every_text_cut_nothing() -> None:
    rows = verdicts_at("end")
    assert "truncation" not in found(train=rows, max_tokens=20, keep="windows", max_windows=3)


def test_of_texts_that_windows_do_not_hold_both_ends_are_read() -> None:
    halves = zip(verdicts_at("end"), verdicts_at("nowhere"), strict=True)
    rows = [(f"{text} {more}", label) for (text, label), (more, _) in halves]
    finding = found(train=rows, max_tokens=14, keep="windows", max_windows=2)["truncation"]
    assert "100 % of the training texts are longer than 2 windows of 14 tokens" in finding.title
    assert finding.evidence["tokens_share"] == 1 - 26 / 80
    assert finding.fix.endswith(": --set data.max_windows=4")
    assert "truncation=" not in finding.fix
    assert finding.severity is Severity.INFO  # nothing that is as quick reads more of them
    ends = found(train=verdicts_at("end"), max_tokens=14, keep="windows", max_windows=2)
    assert ends["truncation"].fix.startswith("leave it so")


def test_few_cut_texts_are_not_scored() -> None:
    finding = found(train=[*TRAIN, *verdicts_at("end", 100)], max_tokens=30)["truncation"]
    assert not any(name.startswith("word_count") for name in finding.evidence)
    assert "--set data.truncation=head+tail" in finding.fix
    windows = found(
        train=[*TRAIN, *verdicts_at("end", 100)], max_tokens=14, keep="windows", max_windows=2
    )["truncation"]
    assert windows.fix.endswith(": --set data.max_windows=4")


def test_texts_without_words_or_of_one_class_are_not_scored() -> None:
    wordless = [("! ? " * 40, label) for _, label in verdicts_at("end")]
    one = [(text, "pos") for text, _ in verdicts_at("end")]
    for rows in (wordless, one):
        finding = found(train=rows, max_tokens=20)["truncation"]
        assert not any(name.startswith("word_count") for name in finding.evidence)


def test_without_the_tokenizer_lengths_are_estimated_and_that_is_said() -> None:
    rows = verdicts_at("end")
    reading = Reading("a-model", Truncation(20, "head"))
    subject = DataSubject(LABELS, {"train": frame(rows, "a.csv")}, reading)
    (finding,) = CutTexts().look(subject)
    assert finding.title.startswith("about 100 % of the training texts")
    assert "a-model is not at hand" in finding.title
    assert finding.evidence["counted_by"] == "estimate"
    assert "--set data.truncation=tail" in finding.fix
    assert list(CutAlike().look(subject)) == []


def test_an_estimate_is_near_the_truth_for_plain_english() -> None:
    sentence = "The film was far better than I had expected, and its ending stays with you."
    reading = Reading("a-model", Truncation(256, "head"))
    (length,) = reading.full_lengths("train", pl.Series([sentence]))
    assert length == pytest.approx(19, abs=2)  # as many as BERT's own tokenizer makes of it


HEADING = "the film plot is a and story with very actor scene was " * 3


def test_texts_that_differ_only_in_what_is_cut_off_are_found_across_labels_and_splits() -> None:
    train = [*TRAIN, (f"{HEADING} lovely", "pos"), (f"{HEADING} awful", "neg")]
    test = [*TEST, (f"{HEADING} superb", "pos")]
    finding = found(train, test=test, max_tokens=30)["cut-alike"]
    assert finding.evidence == {
        "rows": 3,
        "share": 0.0033,
        "conflicting_rows": 3,
        "evaluation_rows": 1,
    }
    assert finding.rows == ("train.csv:401", "train.csv:402", "test.csv:401")
    assert "3 of them from one with another label" in finding.title
    assert "--set data.truncation=head+tail" in finding.fix


@pytest.mark.parametrize("keep", ["tail", "head+tail"])
def test_texts_whose_ends_differ_are_not_alike_when_the_ends_are_read(keep: Keep) -> None:
    train = [*TRAIN, (f"{HEADING} lovely", "pos"), (f"{HEADING} awful", "neg")]
    assert "cut-alike" not in found(train, max_tokens=30, keep=keep)


def test_texts_that_differ_in_one_of_their_windows_are_not_alike() -> None:
    apart = [f"{HEADING} {word} {HEADING}" for word in ("lovely", "awful")]
    train = [*TRAIN, (apart[0], "pos"), (apart[1], "neg")]
    assert "cut-alike" in found(train, max_tokens=14, keep="windows", max_windows=4)
    assert "cut-alike" not in found(train, max_tokens=14, keep="windows", max_windows=8)


def test_copies_of_a_long_text_are_duplicates_and_not_alike_by_cutting() -> None:
    copies = [(f"{HEADING} lovely", "pos"), (f"{HEADING} Lovely!", "pos")]
    findings = found([*TRAIN, *copies], VALIDATION, TEST, max_tokens=30)
    assert "duplicates" in findings
    assert "cut-alike" not in findings
