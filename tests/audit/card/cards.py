"""Model cards for the tests: a published one that is wrong in many ways, and parts to vary."""

from __future__ import annotations

from newtrick.audit.card.parse import parse_card
from newtrick.audit.card.subject import CardSubject
from newtrick.audit.check import audit
from newtrick.audit.finding import Finding
from newtrick.audit.registry import CARD_CHECKS

HEADER = ("Training Loss", "Epoch", "Step", "Validation Loss", "Accuracy", "F1")
ROWS = (
    ("0.3515", "0.64", "500", "0.1494", "0.9388", "0.9684"),
    ("0.2452", "1.28", "1000", "0.1439", "0.9450", "0.9717"),
    ("0.1956", "1.92", "1500", "0.2199", "0.9156", "0.9559"),
    ("0.1398", "2.56", "2000", "0.4328", "0.8760", "0.9339"),
    ("0.1102", "3.20", "2500", "0.4422", "0.8878", "0.9406"),
)


def table(header: tuple[str, ...] = HEADER, rows: tuple[tuple[str, ...], ...] = ROWS) -> str:
    """A table of Markdown."""
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


REFERENCE = f"""# small-mlm-tweet-imdb

Fine-tuned on the imdb dataset. Figures of the evaluation set:
- Loss: 0.4422
- Accuracy: 0.8878
- F1: 0.9406

## Settings

- learning_rate: 3e-05
- train_batch_size: 32
- eval_batch_size: 32
- seed: 42
- optimizer: Adam with betas=(0.9,0.999) and epsilon=1e-08
- lr_scheduler_type: constant
- num_epochs: 200

## Course of training

{table()}"""


def subject(text: str) -> CardSubject:
    """A card taken apart."""
    return parse_card(text.encode(), "README.md")


def found(text: str) -> dict[str, Finding]:
    """What is found in a card, by code; of two findings with one code the worse one."""
    findings = audit(subject(text), CARD_CHECKS)
    return {finding.code: finding for finding in reversed(findings)}
