from __future__ import annotations

import pytest
from pydantic import ValidationError

from newtrick.data.catalogue import UrlSource, catalogue, parse_catalogue
from newtrick.data.prepare import READERS
from newtrick.errors import UsageError

SOURCE = """
[models.tiny]
description = "Tiny"
licence = "MIT"
citation = "None."
homepage = "https://example.org"
parameters = 10
[[models.tiny.sources]]
kind = "package"
project = "tiny"
version = "1"
form = "wheel"
size = 10
sha256 = "{sha256}"
folder = "tiny"
files = {{ "{file}" = "{sha256}" }}
"""


def test_the_catalogue_knows_the_data_sets_and_models_that_the_documentation_names() -> None:
    assert list(catalogue().data) == ["movie-snippets", "sms-spam", "imdb"]
    assert list(catalogue().models) == ["all-MiniLM-L6-v2", "small-mlm-tweet"]


def test_rows_count_what_has_a_label() -> None:
    assert catalogue().data_set("imdb").rows == 50_000
    assert catalogue().data_set("movie-snippets").rows == 10_568


def test_labels_keep_their_order() -> None:
    assert catalogue().data_set("imdb").labels == ("neg", "pos")
    assert catalogue().data_set("sms-spam").labels == ("ham", "spam")


def test_every_source_of_rows_has_a_reader_and_models_are_used_as_they_are() -> None:
    of_data = {source.layout for entry in catalogue().data.values() for source in entry.sources}
    of_models = {source.layout for entry in catalogue().models.values() for source in entry.sources}
    assert of_data == set(READERS)
    assert of_models == {"as-is"}


def test_every_source_of_the_default_model_gives_the_same_weights() -> None:
    files = [
        source.files["model.safetensors"]
        for source in catalogue().model("all-MiniLM-L6-v2").sources
        if not isinstance(source, UrlSource)
    ]
    assert len(files) == 3
    assert len(set(files)) == 1


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean movie-snippets") as failure:
        catalogue().data_set("movie-snipets")
    assert failure.value.exit_code == 2

    with pytest.raises(UsageError, match="did you mean all-MiniLM-L6-v2"):
        catalogue().model("MiniLM-L6-v2")

    with pytest.raises(UsageError, match="did you mean imdb"):
        catalogue().entry("imbd")


def test_a_catalogue_cannot_name_a_file_that_leads_out_of_its_folder() -> None:
    parse_catalogue(SOURCE.format(sha256="0" * 64, file="config.json"))
    for name in ("../config.json", "/config.json", "a/b.json", "..", ""):
        with pytest.raises(ValidationError):
            parse_catalogue(SOURCE.format(sha256="0" * 64, file=name))


def test_a_hash_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError, match="sha256"):
        parse_catalogue(SOURCE.format(sha256="abc", file="config.json"))
