from __future__ import annotations

import pytest

from newtrick.doctor.masking import without_secrets


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://pypi.org/simple", "https://pypi.org/simple"),
        ("https://me:pw@host/simple", "https://***@host/simple"),
        ("https://token@host/simple", "https://***@host/simple"),
        ("https://me:p@w@host:8080", "https://***@host:8080"),
        ("https://me:p/w@host", "https://***@host"),
        ("https://me:p://w@host", "https://***@host"),
        ("me:pw@proxy:3128", "***@proxy:3128"),
        ("http://host/simple?token=pw", "http://host/simple?***"),
        (
            "http://a:pw@host failed, http://b:pw@host too",
            "http://***@host failed, http://***@host too",
        ),
        ("/opt/wheels", "/opt/wheels"),
        ("", ""),
    ],
)
def test_neither_passwords_nor_tokens_are_left(text: str, masked: str) -> None:
    assert without_secrets(text) == masked
