from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import newtrick

SOURCE = Path(newtrick.__file__).parent
LAYERS = [
    {
        "errors",
        "counted",
        "hashing",
        "machine",
        "storage",
        "run",
        "journal",
        "unfinished",
        "beside",
    },
    {"settings", "recipe", "recipe_files"},
    {"assignments"},
    {"cluster"},
    {"data"},
    {"encoder"},
    {"evaluation"},
    {"audit"},
    {"baseline"},
    {"training"},
    {"progress"},
    {"report"},
    {"answering"},
    {"classifier"},
    {"distillation"},
    {"resume"},
    {"job"},
    {"planning"},
    {"fitting"},
    {"domain"},
    {"adapting"},
    {"adaptation"},
    {"failures", "blending"},
    {"assessment"},
    {"publishing"},
    {"pipeline", "doctor", "auditing", "scoring", "predict_file", "estimator", "shards"},
    {"ablation", "predict_folder", "tuning"},
    {"cli"},
]
"""From the first stage to the last: each imports those before it, and never one after it."""


def test_the_public_names_are_these() -> None:
    assert newtrick.__all__ == [
        "Adaptation",
        "Classifier",
        "NewtrickError",
        "Recipe",
        "Run",
        "TextClassifier",
        "__version__",
        "adapt",
        "evaluate",
        "load",
        "train",
    ]
    assert set(dir(newtrick)) == set(newtrick.__all__)


def test_no_public_name_is_that_of_a_module_which_would_take_its_place() -> None:
    modules = {path.stem for path in SOURCE.iterdir()}
    assert modules & set(newtrick.__all__) == set()
    assert all(callable(getattr(newtrick, name)) for name in newtrick.__all__ if "_" not in name)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tarin'"):
        newtrick.tarin  # noqa: B018


def test_help_and_version_load_nothing_heavy() -> None:
    code = (
        "import sys; from newtrick.cli import main\n"
        "sys.argv = ['newtrick', sys.argv[1]]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'polars', 'sklearn', 'numpy', 'pydantic'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    for option in ("--help", "--version"):
        answer = subprocess.run(
            [sys.executable, "-c", code, option], capture_output=True, text=True, check=True
        )
        assert answer.stdout.splitlines()[-1] == "[]"


def test_a_run_begins_without_the_libraries_of_later_stages() -> None:
    code = (
        "import sys, newtrick.pipeline, newtrick.planning, newtrick.cli.terminal\n"
        "later = {'sklearn', 'matplotlib', 'cleanlab', 'pyarrow', 'xlsxwriter',\n"
        "         'newtrick.training.ranks', 'torch.distributed.launcher'}\n"
        "print(sorted(later & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout == "[]\n"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.stem)
def test_no_stage_imports_a_later_one(path: Path) -> None:
    level = {name: number for number, names in enumerate(LAYERS) for name in names}
    own = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    imported = {
        node.module.split(".")[1]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("newtrick.")
        if node.module
    }
    assert [name for name in imported if level[name] > level[own]] == []
