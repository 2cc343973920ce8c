"""A page that needs nothing but itself, and cannot ask for anything else either."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from newtrick.report.wording import count, decimals, percent, sentence

_CONTROLS = re.compile(r"[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class Inset:
    """A style or script that stands in the page, and the hash by which alone it is let in."""

    content: Markup

    @property
    def source(self) -> str:
        """What the content security policy calls it."""
        digest = hashlib.sha256(self.content.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


def policy(style: Inset, script: Inset | None) -> str:
    """The content security policy of a page: whatever slips into it, nothing is asked for."""
    script_source = "'none'" if script is None else script.source
    return (
        f"default-src 'none'; style-src {style.source}; script-src {script_source};"
        " base-uri 'none'; form-action 'none'"
    )


def inset(name: str, more: str = "") -> Inset:
    """Take a style or script of ours from beside the templates.

    Args:
        name: Of the file.
        more: What follows it.
    """
    content = resources.files("newtrick.report").joinpath("templates", name).read_text("utf-8")
    return Inset(Markup(f"\n{content}{more}\n"))  # noqa: S704 (none of it is from data)


def page_templates() -> Environment:
    """Templates of HTML: all text is escaped, and what HTML has no room for becomes U+FFFD."""
    templates = Environment(
        loader=PackageLoader("newtrick.report"),
        autoescape=True,
        finalize=_printable,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(
        count=count, decimals=decimals, percent=percent, sentence=sentence, tied=tied
    )
    return templates


def tied(text: str) -> str:
    """A text whose per cent signs stay on the line of their numbers."""
    return text.replace(" %", "\N{NO-BREAK SPACE}%")


def _printable(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return _CONTROLS.sub("\N{REPLACEMENT CHARACTER}", value)
    return value
