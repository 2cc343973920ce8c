from __future__ import annotations

import dataclasses
from pathlib import Path

from huggingface_hub import ModelCard, ModelCardData
from markdown_it import MarkdownIt
from tests.report.records import full, hostile

from newtrick.audit.card.parse import parse_card
from newtrick.audit.check import audit
from newtrick.audit.finding import Finding, Severity
from newtrick.audit.registry import CARD_CHECKS
from newtrick.evaluation.slices.scores import SlicesFound
from newtrick.recipe import DataSettings
from newtrick.report.card import model_card
from newtrick.report.record import RunRecord

EXPECTED = Path(__file__).with_name("expected_card.md")
BASE = "sentence-transformers/all-MiniLM-L6-v2"


def metadata(content: str) -> ModelCardData:
    data = ModelCard(content).data
    assert isinstance(data, ModelCardData)
    return data


def figures(content: str) -> dict[str | None, float]:
    return {
        result.metric_name: result.metric_value for result in metadata(content).eval_results or []
    }


def test_the_whole_card_of_a_run(binary: RunRecord) -> None:
    assert model_card(full(binary), BASE) == EXPECTED.read_text(encoding="utf-8")


def test_the_audit_of_cards_has_nothing_against_it(binary: RunRecord) -> None:
    card = parse_card(model_card(full(binary), BASE).encode(), "README.md")

    assert {headline.origin for headline in card.headlines} == {"text", "table", "metadata"}
    assert audit(card, CARD_CHECKS) == ()


def test_averaging_and_layer_decay_are_named_where_they_were_used(binary: RunRecord) -> None:
    levers = {"training.averaging": "tail", "training.layer_decay": 0.9}
    used = dataclasses.replace(binary, recipe=binary.recipe.with_settings(levers))
    assert "weight_averaging" not in model_card(binary)
    assert "- weight_averaging: tail over 10 % of training\n" in model_card(used)
    assert "- layer_wise_learning_rate_decay: 0.9\n" in model_card(used)


def test_the_hub_reads_back_what_the_card_says(binary: RunRecord) -> None:
    content = model_card(binary, BASE)
    data = metadata(content)

    assert data.base_model == BASE
    assert data.library_name == "transformers"
    assert data.pipeline_tag == "text-classification"
    assert data.license is None
    assert data.model_name == "all-MiniLM-L6-v2-snippets"
    assert figures(content) == {
        "Accuracy": 0.8406,
        "F1": 0.8421,
        "Macro F1": 0.8406,
        "Log loss": 0.3812,
    }
    (about,) = {result.unique_identifier for result in data.eval_results or []}
    assert about == ("text-classification", "snippets", None, "test", None)


def test_every_figure_has_its_interval_in_the_metadata(binary: RunRecord) -> None:
    results = metadata(model_card(full(binary))).eval_results or []
    intervals = {result.metric_name: result.metric_args for result in results}

    assert len(intervals) == 15
    assert {result.dataset_split for result in results} == {"test"}
    assert intervals["Macro F1"] == {
        "confidence_level": 0.95,
        "confidence_interval": [0.8256, 0.8566],
    }
    assert intervals["Log loss"] is None


def test_three_labels_are_scored_by_macro_f1(three: RunRecord) -> None:
    assert figures(model_card(three)) == {
        "Accuracy": 0.8406,
        "Macro F1": 0.8406,
        "Log loss": 0.3812,
    }


def test_the_card_of_500_labels_stays_short(binary: RunRecord) -> None:
    content = model_card(hostile(binary, 500))

    assert len(content.splitlines()) < 330
    assert "label 19 and 480 more, in config.json" in content
    assert "label 21," not in content
    page = MarkdownIt("commonmark").enable("table").render(ModelCard(content).text)
    assert "<script" not in page


def test_the_limits_tell_where_the_model_is_worse(binary: RunRecord) -> None:
    limits = ModelCard(model_card(full(binary))).text.partition("## Limits")[2]
    assert 'with the word "but" | 412 | 77.4 %' in limits

    unsliced = binary.result.model_copy(update={"slices": SlicesFound(looked_at=88)})
    text = ModelCard(model_card(dataclasses.replace(binary, result=unsliced))).text
    assert "Of 88 groups of test rows none is worse" in text


def test_names_of_the_hub_are_given_only_for_what_is_there(binary: RunRecord) -> None:
    hub = dataclasses.replace(
        binary,
        recipe=binary.recipe.model_copy(update={"data": DataSettings(source="hf://owner/texts")}),
    )

    assert metadata(model_card(hub)).datasets == ["owner/texts"]
    local = metadata(model_card(binary))
    assert local.datasets is None
    assert local.base_model is None


def test_errors_of_the_audit_stand_before_anything_else(binary: RunRecord) -> None:
    leakage = Finding(
        "leakage", Severity.ERROR, "3 test rows are in training too", "They were seen", "drop them"
    )

    text = ModelCard(
        model_card(dataclasses.replace(binary, findings=(*binary.findings, leakage)))
    ).text

    assert text.index("This score cannot be trusted (leakage)") < text.index("is right on")
    assert text.index("**leakage** (error): 3 test rows") < text.index("**duplicates** (warning)")
    assert text.index("**duplicates** (warning)") < text.index("## How to use it")
    assert "truncation**" not in text


def test_labels_cannot_break_the_card(three: RunRecord) -> None:
    page = MarkdownIt("commonmark").enable("table").render(ModelCard(model_card(three)).text)

    assert "<script>" not in page
    assert "a|b`c*, &lt;script&gt;alert(1)&lt;/script&gt;, $x_1$ next." in page
    assert page.count('<td style="text-align:left">&lt;script&gt;') == 1
