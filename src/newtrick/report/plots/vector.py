"""SVG documents of matplotlib ─► elements of a page that forbids styles in attributes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from newtrick.report.plots.look import VARIABLES


@dataclass(frozen=True)
class Drawings:
    """Pictures to put into a page of HTML; each is as wide as what holds it.

    Attributes:
        elements: One `<svg>` for each picture, by its name.
        style: The rules of the classes that they use. Their colours are the CSS variables of the
            page: see `VARIABLES`.
    """

    elements: Mapping[str, str]
    style: str


def inline(documents: Mapping[str, str]) -> Drawings:
    """Make elements of documents: no prologue, no fixed size, no id that another one has."""
    classes: dict[str, str] = {}
    elements = {name: _element(name, document, classes) for name, document in documents.items()}
    rules = "\n".join(f".{name} {{ {looks} }}" for looks, name in classes.items())
    return Drawings(elements, rules)


def _element(name: str, document: str, classes: dict[str, str]) -> str:
    def with_class(attribute: re.Match[str]) -> str:
        return f'class="{classes.setdefault(_looks(attribute[1]), f"drawn-{len(classes)}")}"'

    def adapt(tag: re.Match[str]) -> str:
        text = re.sub(r'( id="|href="#|url\(#)', rf"\g<1>{name}-", tag[0])
        return re.sub(r'style="([^"]*)"', with_class, text)

    svg = document[document.index("<svg") :].strip()
    # What matplotlib says of all elements would be taken for all those of the page.
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    # Tags only: what a label says is left alone.
    svg = re.sub(r"<[^>]+>", adapt, svg)
    return re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)


def _looks(declarations: str) -> str:
    """The same in the colours of the page."""
    for colour, variable in VARIABLES.items():
        declarations = declarations.replace(colour, f"var(--{variable})")
    return declarations
