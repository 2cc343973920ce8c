from __future__ import annotations

from dataclasses import replace

import pytest
from tests.audit.machine.machines import (
    GB,
    MACHINE,
    NETWORK,
    SELF_TEST,
    found,
    on_processor,
    said,
    with_memory,
)

from newtrick.audit.finding import Severity
from newtrick.audit.machine.check import Seen
from newtrick.audit.machine.checks import MACHINE_CHECKS
from newtrick.audit.machine.subject import (
    Answer,
    Folder,
    Gpu,
    MachineSubject,
    Package,
    Processor,
    SelfTest,
    Software,
    Unmet,
)
from newtrick.machine.memory import Memory


def test_on_a_sound_machine_every_check_has_a_line_and_none_a_finding() -> None:
    assert found(MACHINE) == {}
    for check in MACHINE_CHECKS:
        sights = list(check.examine(MACHINE))
        assert sights
        assert all(isinstance(sight, Seen) and sight.known for sight in sights)


def test_where_nothing_can_be_found_out_every_check_says_so() -> None:
    unknown = MachineSubject("1.0", "?", Software("3.12", ()), Processor("?"), Memory())
    assert found(unknown) == {}
    told = [
        (check.topic, sight.known)
        for check in MACHINE_CHECKS
        for sight in check.examine(unknown)
        if isinstance(sight, Seen)
    ]
    assert {topic for topic, known in told if known} == {"packages", "versions"}


def test_codes_are_unique_and_every_finding_says_why_and_what_to_do() -> None:
    assert len({check.code for check in MACHINE_CHECKS}) == len(MACHINE_CHECKS)
    assert all(check.why.endswith(".") and check.fix for check in MACHINE_CHECKS)


def with_software(*packages: Package, unmet: tuple[Unmet, ...] = ()) -> MachineSubject:
    return replace(MACHINE, software=Software("3.12.1", packages, unmet))


def test_a_package_that_does_not_load_is_an_error_with_the_reason_and_the_command() -> None:
    reason = "libcudart.so.13: cannot open shared object file"
    finding = found(with_software(Package("torch", "2.13.0", reason)))["broken-package"]
    assert finding.severity is Severity.ERROR
    assert finding.title == f"torch 2.13.0 cannot be imported: {reason}"
    assert finding.fix == "python -m pip install --force-reinstall torch"


def test_a_package_that_is_not_there_is_an_error() -> None:
    finding = found(with_software(Package("polars", None, "not installed")))["broken-package"]
    assert finding.title == "polars is not installed"


def test_a_requirement_of_newtrick_is_an_error_and_one_of_others_a_warning() -> None:
    ours = Unmet("newtrick", "torch>=2.10", "2.4.0")
    theirs = Unmet("torchvision", "torch==2.5.0", "2.13.0")
    title = "newtrick needs torch>=2.10, and 2.4.0 is installed"
    finding = found(with_software(unmet=(ours,)))["unmet-requirement"]
    assert (finding.severity, finding.title) == (Severity.ERROR, title)
    assert finding.fix == "python -m pip install 'torch>=2.10'"
    assert found(with_software(unmet=(theirs,)))["unmet-requirement"].severity is Severity.WARNING


def test_a_python_that_is_too_old_needs_another_environment() -> None:
    unmet = (Unmet("newtrick", "Python>=3.11", "3.10.2"),)
    assert "environment" in found(with_software(unmet=unmet))["unmet-requirement"].fix


def test_half_a_core_is_a_warning() -> None:
    finding = found(on_processor(quota=0.5, threads=1))["little-cpu"]
    assert finding.title == "the process is given 0.5 of a core"


def test_fewer_cores_than_the_machine_has_are_told_with_the_reason() -> None:
    (cores,) = said(on_processor(cores=64, allowed=4, quota=2.5), "cores")
    told = "2.5 usable of 64: the process may run on 4, its control group has time for 2.5"
    assert cores == Seen(told)


def test_one_thread_by_a_launchers_variable_is_told_with_the_variable() -> None:
    variables = {"MKL_NUM_THREADS": "8", "OMP_NUM_THREADS": "1"}
    finding = found(on_processor(threads=1, thread_variables=variables))["thread-count"]
    assert "1 thread where 8 cores are usable, since OMP_NUM_THREADS=1" in finding.title
    assert finding.fix == "unset OMP_NUM_THREADS"


def test_more_threads_than_the_quota_pays_for_are_a_warning_with_the_right_number() -> None:
    finding = found(on_processor(cores=64, allowed=64, quota=2.5, threads=32, physical=32))
    assert finding["thread-count"].fix == "export OMP_NUM_THREADS=2"


@pytest.mark.parametrize("threads", [4, 8])
def test_one_thread_a_core_is_right_whether_or_not_cores_are_split_in_two(threads: int) -> None:
    assert found(on_processor(threads=threads, physical=4)) == {}


def test_an_x86_processor_without_avx2_is_a_warning_and_an_arm_one_is_not() -> None:
    assert "slow-processor" in found(on_processor(instructions=()))
    arm = on_processor(architecture="aarch64", instructions=("NEON",))
    assert "slow-processor" not in found(arm)


def test_too_little_memory_for_the_default_recipe_is_a_warning_with_smaller_batches() -> None:
    finding = found(with_memory(total=32 * GB, available=20 * GB, limit=4 * GB, left=2 * GB))
    assert finding["little-memory"].severity is Severity.WARNING
    assert "2.0 GB available of the 4.0 GB allowed" in finding["little-memory"].title
    assert "training.train_batch_size=8" in finding["little-memory"].fix


def test_too_little_memory_for_any_training_is_an_error() -> None:
    finding = found(with_memory(total=GB))["little-memory"]
    assert finding.severity is Severity.ERROR


def test_a_full_disk_is_an_error_that_names_the_folder_and_the_way_to_another() -> None:
    full = Folder("runs", "/full/runs", "--out", needed=GB, free=GB // 10)
    finding = found(replace(MACHINE, folders=(full,)))["little-disk"]
    assert finding.severity is Severity.ERROR
    assert "0.1 GB free for runs in /full/runs" in finding.title
    assert finding.fix.endswith("with --out")


def test_a_folder_that_cannot_be_written_is_an_error() -> None:
    home = Folder("data", "/home/me", "NEWTRICK_CACHE", GB, failure="read-only file system")
    finding = found(replace(MACHINE, folders=(home,)))["unwritable-folder"]
    assert finding.title == "data cannot be written to /home/me: read-only file system"
    assert finding.fix.endswith("NEWTRICK_CACHE")


@pytest.mark.parametrize(
    ("gpu", "told"),
    [
        (Gpu("CPU", driver="550.54.15"), "torch is built for the CPU"),
        (Gpu("CUDA 13.0", driver="535.104.05"), "needs driver 580; it is 535.104.05"),
        (Gpu("CUDA 12.8", driver="550.1", failure="out of order"), "driver (550.1): out of order"),
        (
            Gpu("CUDA 13.0", "580.1", ("GTX 1080",), ("6.1",), ("sm_75", "sm_80", "compute_120")),
            "not for GTX 1080 (capability 6.1)",
        ),
    ],
)
def test_a_gpu_that_torch_cannot_use_is_told_and_harms_no_training(gpu: Gpu, told: str) -> None:
    finding = found(replace(MACHINE, gpu=gpu))["unusable-gpu"]
    assert finding.severity is Severity.INFO
    assert told in finding.title


@pytest.mark.parametrize(
    ("capability", "architectures"),
    [("9.0", ("sm_80", "sm_90")), ("8.9", ("sm_80",)), ("12.1", ("sm_90a", "compute_90"))],
)
def test_a_gpu_that_torch_has_code_for_is_in_order(
    capability: str, architectures: tuple[str, ...]
) -> None:
    gpu = Gpu("CUDA 12.8", "570.1", ("Some GPU",), (capability,), architectures)
    assert found(replace(MACHINE, gpu=gpu)) == {}


def test_a_proxy_is_told_and_one_that_speaks_socks_is_a_warning() -> None:
    http = replace(MACHINE, network=replace(NETWORK, proxies={"https": "http://proxy:3128"}))
    assert said(http, "proxies") == [Seen("https goes through http://proxy:3128")]
    socks = replace(MACHINE, network=replace(NETWORK, proxies={"all": "socks5://proxy:1080"}))
    assert found(socks)["socks-proxy"].title == "all goes through socks5://proxy:1080"


def test_a_hub_that_is_silent_is_told_once_however_many_were_asked_for() -> None:
    silent = tuple(
        Answer(name, "hub", f"hub, owner/{name}", 5.0, "no answer in 5 seconds")
        for name in ("imdb", "other")
    )
    machine = replace(MACHINE, network=replace(NETWORK, answers=silent + NETWORK.answers[1:]))
    finding = found(machine)["silent-source"]
    assert finding.severity is Severity.INFO
    assert finding.title == "hub https://hub.example: no answer in 5 seconds"
    assert "HF_ENDPOINT" in finding.fix


def test_an_index_that_lacks_one_package_of_two_says_which() -> None:
    answers = (
        Answer("a", "package", "package index, a 1.0", 0.5),
        Answer("b", "package", "package index, b 1.0", 0.5, "it has no b 1.0"),
    )
    finding = found(replace(MACHINE, network=replace(NETWORK, answers=answers)))["silent-source"]
    assert finding.title.endswith("it has no b 1.0 (package index, b 1.0)")


def test_data_that_no_source_has_is_a_warning_unless_it_is_in_the_cache() -> None:
    lost = tuple(replace(answer, failure="not there") for answer in NETWORK.answers)
    finding = found(replace(MACHINE, network=replace(NETWORK, answers=lost)))["not-fetchable"]
    assert finding.title == "neither in the cache nor at any source: imdb"


def test_what_was_not_asked_is_not_known() -> None:
    offline = replace(NETWORK, answers=(), unasked="--offline")
    machine = replace(MACHINE, network=offline)
    assert found(machine) == {}
    assert Seen("not in the cache: imdb", known=False) in said(machine, "catalogue")
    assert all("not asked (--offline)" in str(sight) for sight in said(machine, "sources"))


@pytest.mark.parametrize("encoding", ["UTF-8", "utf8", "utf_8"])
def test_utf_8_is_in_order_however_it_is_spelled(encoding: str) -> None:
    assert found(replace(MACHINE, encoding=encoding)) == {}


def test_another_encoding_is_a_warning() -> None:
    finding = found(replace(MACHINE, encoding="cp1252"))["not-utf-8"]
    assert "PYTHONUTF8=1" in finding.fix


@pytest.mark.parametrize(
    "test",
    [
        replace(SELF_TEST, accuracy=0.99),
        replace(SELF_TEST, last_loss=0.6),
        SelfTest(0.1, 96, failure="RuntimeError: Numpy is not available"),
    ],
)
def test_a_self_test_that_does_not_learn_is_an_error(test: SelfTest) -> None:
    assert found(replace(MACHINE, self_test=test))["wrong-answer"].severity is Severity.ERROR


@pytest.mark.parametrize(
    "test",
    [replace(SELF_TEST, seconds=30.0), replace(SELF_TEST, accuracy=0.8, finished=False)],
)
def test_a_self_test_that_takes_its_time_is_a_warning(test: SelfTest) -> None:
    finding = found(replace(MACHINE, self_test=test))["wrong-answer"]
    assert finding.severity is Severity.WARNING
    assert "where 2 s are usual" in finding.title
