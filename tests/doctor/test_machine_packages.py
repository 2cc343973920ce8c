"""Packages of the test's own, in a folder that Python looks into first."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from newtrick.audit.machine.subject import Package, Processor, Unmet
from newtrick.doctor.packages import look_at_software

SOUND = Processor("x86_64", instructions=("AVX2",))


class Shelf:
    """Installs packages."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, version: str, *needs: str, code: str = "", header: str = "") -> None:
        info = self._folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {n}" for n in needs)]
        text = "\n".join(["Metadata-Version: 2.1", *lines, header]).strip()
        (info / "METADATA").write_text(f"{text}\n", "utf-8")
        (self._folder / f"{name}.py").write_text(code, "utf-8")
        importlib.invalidate_caches()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.syspath_prepend(folder)
    return Shelf(folder)


def test_here_everything_loads_and_fits() -> None:
    software = look_at_software(SOUND)
    assert software.is_whole
    assert {"torch", "transformers", "numpy"} <= {package.name for package in software.packages}
    assert software.unmet == ()


def test_what_an_import_ends_in_is_told(shelf: Shelf) -> None:
    code = "raise OSError('libnt.so.1: cannot open shared object file\\nmore of it')"
    shelf.put("nt_broken", "1.0", code=code)
    shelf.put("newtrick", "9.0", "nt_broken>=0.5", "nt_absent")
    software = look_at_software(SOUND)
    assert software.packages[:2] == (
        Package("nt_broken", "1.0", "libnt.so.1: cannot open shared object file"),
        Package("nt_absent", None, "it is not installed"),
    )
    assert not software.is_whole


def test_versions_are_compared_all_the_way_down(shelf: Shelf) -> None:
    shelf.put("newtrick", "9.0", "nt_a>=1", "nt_b>=2")
    shelf.put("nt_a", "1.0+cpu", "nt_c==1.0", "nt_d; extra == 'more'", "nt_e; os_name == 'none'")
    shelf.put("nt_b", "1.9")
    shelf.put("nt_c", "2.0", "nt_f")
    assert look_at_software(SOUND).unmet == (
        Unmet("newtrick", "nt_b>=2", "1.9"),
        Unmet("nt-a", "nt_c==1.0", "2.0"),
        Unmet("nt-c", "nt_f", None),
    )


def test_a_package_that_transformers_would_import_has_to_fit_as_well(shelf: Shelf) -> None:
    code = "raise RuntimeError('operator torchvision::nms does not exist')"
    shelf.put("torchvision", "0.20.0", "torch==2.5.0", code=code)
    software = look_at_software(SOUND)
    broken = [package for package in software.packages if package.failure]
    assert broken == [Package("torchvision", "0.20.0", "operator torchvision::nms does not exist")]
    assert [unmet.requirement for unmet in software.unmet] == ["torch==2.5.0"]


def test_transformers_says_in_an_extra_which_torch_it_takes(shelf: Shelf) -> None:
    needs = ("torch>=99; extra == 'torch'", "nt_absent; extra == 'torch'")
    shelf.put("transformers", "5.99", *needs)
    (unmet,) = look_at_software(SOUND).unmet
    assert (unmet.package, unmet.requirement) == ("transformers", "torch>=99")


def test_a_python_that_newtrick_does_not_take_is_told(shelf: Shelf) -> None:
    shelf.put("newtrick", "9.0", header="Requires-Python: >=4")
    assert look_at_software(SOUND).unmet[0].requirement == "Python>=4"


def test_a_package_that_would_end_the_process_is_not_imported(shelf: Shelf) -> None:
    shelf.put("newtrick", "9.0", "polars")
    old = Processor("x86_64", instructions=())
    assert "polars[rtcompat]" in str(look_at_software(old).packages[0].failure)
    shelf.put("polars-runtime-compat", "2.1.0")
    assert look_at_software(old).is_whole
