"""Every setting of a run; a field's docstring is its help. TOML in and out."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from newtrick.errors import did_you_mean
from newtrick.settings import Section, Setting, changed, settings_of, toml_value

Share = Annotated[float, Field(gt=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=2**32)]
Count = Annotated[int, Field(ge=1)]
Paths = Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
Cost = Annotated[tuple[str, str, Annotated[float, Field(ge=0)]], Field(strict=False)]
Order = Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
Fix = Literal["duplicates", "leakage", "near-duplicates"]


def _known_fixes(value: object) -> object:
    """A list of names, or one string with commas between them."""
    if isinstance(value, str):
        value = [name.strip() for name in value.split(",") if name.strip()]
    if not isinstance(value, list | tuple):
        return value
    known = get_args(Fix)
    faults = [
        f"no {name!r}, {did_you_mean(str(name), known)}" for name in value if name not in known
    ]
    if faults:
        raise PydanticCustomError("fix", "there is {faults}", {"faults": " and ".join(faults)})
    return value


class DataSettings(Section):
    """Where the rows come from and what is done to them."""

    source: str | Paths | None = None
    """DATA: a catalogue name, file, folder, hub id (hf://owner/name), - or a list of files."""

    test_source: str | None = None
    """Separate test data; without it the source's test split, or a cut of its training rows."""

    text_column: str | None = None
    """The column with the text; detected when not given."""

    pair_column: str | None = None
    """The column with a second text, which is read together with the first."""

    label_column: str | None = None
    """The column with the label; detected when not given. Or columns of 0 and 1: `a,b,c`."""

    label_separator: str | None = None
    """What stands between the labels of a text in one cell, such as `|`, where it has several."""

    group_column: str | None = None
    """The column of what rows share, such as a film or an author; no group is ever split."""

    positive_label: str | None = None
    """For two classes, the label that F1 is about; the last in order when not given."""

    ordinal: Literal["auto"] | bool | Order = "auto"
    """Whether labels are a scale: `auto` (ratings are), true, false, or all of them in order."""

    strict: bool = False
    """Refuse rows without text or label instead of dropping them."""

    corrections: str | None = None
    """A review file of `newtrick audit --write-review`: its decisions are applied to the rows."""

    fix: Annotated[tuple[Fix, ...], BeforeValidator(_known_fixes), Field(strict=False)] = ()
    """Training rows to drop: `duplicates`, or `leakage` or `near-duplicates` of evaluation rows."""

    max_train_rows: Count | None = None
    """Train on at most so many rows, a stratified random sample; cut-off splits shrink with it."""

    validation_share: Share = 0.1
    """Share of all rows that is cut from the training rows for validation when none is given."""

    test_share: Share = 0.2
    """Share of all rows that is cut from the training rows for testing when none are given."""

    split_seed: Seed = 42
    """Seed of the cuts, and of the sample of `max_train_rows`."""

    max_tokens: Annotated[int, Field(ge=4)] = 256
    """The most tokens that are read of a text, or of each window; special ones included."""

    truncation: Literal["head", "tail", "head+tail", "windows"] = "head"
    """What is read of a longer text: its head, its tail, half of each, or all of it in windows."""

    max_windows: Annotated[int, Field(ge=2)] = 8
    """Windows that a text is read in at most; of a longer one both ends are read."""

    tokenizer_workers: Annotated[int, Field(ge=0)] = 1
    """Threads that tokenise while the data is audited; 0 tokenises first, and audits then."""


class ModelSettings(Section):
    """The encoder to start from."""

    name: str = "all-MiniLM-L6-v2"
    """MODEL: a catalogue name, a folder, or a hub id (hf://owner/name)."""

    attention_dropout: Annotated[float, Field(ge=0, lt=1)] | Literal["own"] = 0.0
    """Dropout on attention weights; 0 lets attention run fused, `own` keeps the model's setting."""


class TrainingSettings(Section):
    """How the encoder is trained."""

    learning_rate: Annotated[float, Field(gt=0, lt=1)] = 1e-4
    """Peak learning rate."""

    train_batch_size: Count = 32
    """Texts in a batch; `accumulation_steps` batches make one optimizer step."""

    eval_batch_size: Count = 64
    """Texts in a batch of an evaluation."""

    epochs: Annotated[float, Field(gt=0)] = 3.0
    """Passes over the training rows."""

    max_minutes: Annotated[float, Field(gt=0)] | None = None
    """Stop training after so many minutes; the learning rate then falls by the clock."""

    seed: Seed = 42
    """Seed of the new layers, the order of rows and dropout."""

    seeds: Count = 1
    """Train so many models, each with the next seed, for the spread; the first one is kept."""

    optimizer: Literal["adamw", "adam"] = "adamw"
    """AdamW (Loshchilov & Hutter 2019) or Adam (Kingma & Ba 2015)."""

    adam_beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    """Decay of the running mean of gradients."""

    adam_beta2: Annotated[float, Field(ge=0, lt=1)] = 0.999
    """Decay of the running mean of squared gradients."""

    adam_epsilon: Annotated[float, Field(gt=0)] = 1e-8
    """Added to the denominator of an update."""

    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """Weight decay of matrices; biases and normalisation weights have none."""

    layer_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    """Each layer learns at so much of the rate of the one above; the embeddings at the least."""

    averaging: Literal["none", "ema", "tail"] = "none"
    """Evaluate and keep a mean of the weights: `ema` fades, `tail` is of the last steps."""

    averaging_share: Share = 0.1
    """Share of training that this mean looks back on."""

    schedule: Literal["linear", "constant", "cosine"] = "linear"
    """How the learning rate falls from its peak after warm-up."""

    warmup_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of training in which the learning rate rises from 0 to its peak."""

    max_gradient_norm: Annotated[float, Field(gt=0)] | Literal["none"] = 1.0
    """Gradients are scaled down to this global norm; `none` leaves them alone."""

    accumulation_steps: Count = 1
    """Batches whose gradients are summed for one optimizer step."""

    class_weights: Literal["none", "balanced"] = "none"
    """`balanced`: rows / (classes × rows of the class); of several labels, rows without / with."""

    evaluate_every_steps: Count | None = None
    """Evaluate on validation every so many optimizer steps; after each epoch when not given."""

    checkpoint_every_steps: Count | None = None
    """Save a checkpoint every so many steps, beside the one that follows each evaluation."""

    keep_checkpoints: Count = 2
    """Checkpoints to keep, the last and the best among them, which are kept in any case."""

    patience: Count | None = None
    """Stop after so many evaluations in a row without a better one; never when not given."""

    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Format of training's matrix products; `auto`: bfloat16 where the machine is quick in it."""

    best_by: Literal["loss", "accuracy", "f1", "macro_f1", "micro_f1"] = "loss"
    """The validation figure that picks the checkpoint to keep; micro F1 is for several labels."""


class DistillationSettings(Section):
    """What is learned from texts without labels, as teachers answer them."""

    source: str | Paths | None = None
    """TEXTS without labels: a catalogue name, file, folder, hub id, - or a list of files."""

    text_column: str | None = None
    """Their column with the text; detected when not given."""

    max_rows: Count | None = None
    """Learn from at most so many texts, a random sample."""

    teacher: str | Paths | None = None
    """A run or model folder, or several: the mean of their probabilities is what is learned."""

    weight: Annotated[float, Field(gt=0)] = 1.0
    """What such a text counts beside a labelled row."""

    weigh_by: Literal["nothing", "confidence"] = "nothing"
    """`confidence`: a text counts 1 - entropy / maximum, the less the less sure teachers are."""

    temperature: Annotated[float, Field(ge=0.1, le=20)] = 1.0
    """Softens what teachers say, above 1, or sharpens it (Hinton and others 2015)."""


class DecisionSettings(Section):
    """What the model decides by, fitted on the validation rows and checked on the test rows."""

    abstain_accuracy: Share = 0.95
    """Answer only where at least this share of the answers is right; the others are withheld."""

    coverage: Share = 0.9
    """The share of prediction sets that hold the true label."""

    wanted_precision: Share | None = None
    """Find the least probability from which on naming a label is right in this share of texts."""

    wanted_recall: Share | None = None
    """Or else the highest from which on naming a label finds this share of its texts."""

    costs: Annotated[tuple[Cost, ...], Field(strict=False)] = ()
    """Costs of mistakes, [[true label, label named, cost], ...]; those not listed cost 1."""


class BlendSettings(Section):
    """Whether a count of words helps the encoder; fitted on the validation rows."""

    enabled: Literal["auto"] | bool = "auto"
    """Blend both: `auto` (where the validation rows show that it helps), true or false."""

    cascade_loss: Annotated[float, Field(ge=0, lt=1)] = 0.002
    """The share of right answers that `predict --fast` may lose to the encoder alone, at most."""


class AdaptationSettings(Section):
    """How the encoder is adapted to texts without labels, by guessing hidden words."""

    source: str | Paths | None = None
    """TEXTS to adapt to: a catalogue name, file, folder, hub id, - or a list of files."""

    mask_share: Share = 0.15
    """Share of the tokens of a text that are hidden, and have to be guessed."""

    whole_words: bool = False
    """Hide the pieces of a word together."""

    head_warmup_share: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """Share of the adaptation in which a new head learns alone, before the encoder moves."""

    added_tokens: Annotated[int, Field(ge=0)] = 0
    """Make tokens of so many frequent words that the tokenizer breaks."""

    max_rows: Count | None = None
    """Adapt to at most so many texts, a random sample; `data.max_train_rows` when not given."""

    epochs: Annotated[float, Field(gt=0)] | None = None
    """Passes over the texts; `training.epochs` when not given."""

    learning_rate: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Peak learning rate of the adaptation; `training.learning_rate` when not given."""

    max_minutes: Annotated[float, Field(gt=0)] | None = None
    """Stop the adaptation after so many minutes; `training.max_minutes` when not given."""


class Recipe(Section):
    """Everything needed to run a training again."""

    data: DataSettings = DataSettings()
    model: ModelSettings = ModelSettings()
    training: TrainingSettings = TrainingSettings()
    distillation: DistillationSettings = DistillationSettings()
    decisions: DecisionSettings = DecisionSettings()
    adaptation: AdaptationSettings = AdaptationSettings()
    blend: BlendSettings = BlendSettings()

    def to_toml(self, *, explain: bool = False) -> str:
        """All settings with their defaults written out.

        Args:
            explain: Put the help of each setting above it, and those that are not set as comments.
        """
        values: dict[str, dict[str, object]] = self.model_dump()
        lines: list[str] = []
        for setting in all_settings().values():
            value = values[setting.section][setting.name]
            if f"[{setting.section}]" not in lines:
                lines += ["", f"[{setting.section}]"] if lines else [f"[{setting.section}]"]
            if explain:
                lines.append(f"# {setting.help}")
            if value is not None:
                lines.append(f"{setting.name} = {toml_value(value)}")
            elif explain:
                lines.append(f"# {setting.name} =")
        return "\n".join(lines) + "\n"

    def with_settings(self, settings: Mapping[str, object]) -> Recipe:
        """A copy with some settings changed; a value of None unsets.

        Args:
            settings: Values by dotted name, such as `training.learning_rate`.

        Raises:
            RecipeError: Unknown names or wrong values, all of them at once.
        """
        return changed(self, settings)


@functools.cache
def all_settings() -> Mapping[str, Setting]:
    """Every setting by its dotted name, in order."""
    return settings_of(Recipe)


def input_settings(
    data: str | Path | Sequence[str | Path] | None = None,
    test: str | Path | None = None,
    model: str | Path | None = None,
) -> dict[str, object]:
    """What is given of DATA, test data and MODEL, as settings by their dotted names."""
    several = None if data is None or isinstance(data, str | Path) else tuple(map(str, data))
    given = {"data.source": data, "data.test_source": test, "model.name": model}
    settings: dict[str, object] = {k: str(v) for k, v in given.items() if v is not None}
    return settings if several is None else settings | {"data.source": several}
