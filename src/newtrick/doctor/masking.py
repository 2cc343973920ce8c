"""Addresses as they may be shown: without passwords and tokens."""

from __future__ import annotations

import re


def without_secrets(text: str) -> str:
    """Each address in a text without what stands before its host, and without its query.

    Rather too much is hidden than too little: a password may itself hold an @ or a slash.

    >>> without_secrets("https://me:pass@pypi.example/simple?token=1")
    'https://***@pypi.example/simple?***'
    >>> without_secrets("me:pass@proxy.example:3128")
    '***@proxy.example:3128'
    """
    return re.sub(r"\S+", lambda word: _masked(word[0]), text)


def _masked(address: str) -> str:
    scheme, separator, rest = address.partition("://") if "://" in address else ("", "", address)
    _, at, place = rest.rpartition("@")
    host, question, _ = place.partition("?")
    return scheme + separator + ("***@" if at else "") + host + ("?***" if question else "")
