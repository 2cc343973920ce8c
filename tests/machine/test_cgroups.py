"""Control groups as files under a root of the test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from newtrick.machine.cgroups import Limits, read_limits

V2 = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate"


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n", "utf-8")


def in_v2(root: Path, path: str, files: dict[str, str], mount: str = V2) -> None:
    write(root, {"proc/self/cgroup": f"0::{path}", "proc/self/mountinfo": mount})
    write(root / "sys/fs/cgroup", files)


def v1_mount(controllers: str, top: str = "/") -> str:
    return f"31 25 0:27 {top} /sys/fs/cgroup/{controllers} rw - cgroup cgroup rw,{controllers}"


def test_in_version_2_quota_and_memory_are_read(tmp_path: Path) -> None:
    files = {
        "job/cpu.max": "50000 100000",
        "job/memory.max": "4000000000",
        "job/memory.current": "1500000000",
        "job/memory.stat": "anon 900000000\ninactive_file 500000000",
    }
    in_v2(tmp_path, "/job", files)
    assert read_limits(tmp_path) == Limits(0.5, 4_000_000_000, 3_000_000_000)


def test_max_is_no_limit(tmp_path: Path) -> None:
    in_v2(tmp_path, "/job", {"job/cpu.max": "max 100000", "job/memory.max": "max"})
    assert read_limits(tmp_path) == Limits()


def test_the_tightest_of_nested_groups_counts(tmp_path: Path) -> None:
    files = {
        "batch/cpu.max": "200000 100000",
        "batch/memory.max": "8000000000",
        "batch/memory.current": "7000000000",
        "batch/job/cpu.max": "800000 100000",
        "batch/job/memory.max": "6000000000",
        "batch/job/memory.current": "1000000000",
        "batch/job/step/cpu.max": "max 100000",
    }
    in_v2(tmp_path, "/batch/job/step", files)
    assert read_limits(tmp_path) == Limits(2.0, 6_000_000_000, 1_000_000_000)


@pytest.mark.parametrize(
    ("path", "top"),
    [
        ("/", "/"),  # a container with a namespace of its own
        ("/docker/0123", "/docker/0123"),  # one without: paths are the host's
        ("/../other", "/"),  # a process that was moved in from outside
        ("/docker/0123", "/"),  # the same, where only the container's group is mounted
    ],
)
def test_in_a_container_the_mount_is_the_group(tmp_path: Path, path: str, top: str) -> None:
    mount = V2.replace(" / ", f" {top} ", 1)
    in_v2(tmp_path, path, {"cpu.max": "150000 100000"}, mount)
    assert read_limits(tmp_path).cores == 1.5


def test_in_version_1_each_controller_has_a_hierarchy(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "proc/self/cgroup": "4:memory:/jobs/7\n2:cpu,cpuacct:/jobs/7\n1:name=systemd:/x\n0::/x",
            "proc/self/mountinfo": f"{v1_mount('cpu,cpuacct')}\n{v1_mount('memory')}",
            "sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu,cpuacct/jobs/7/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_quota_us": "300000",
            "sys/fs/cgroup/cpu,cpuacct/jobs/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/memory/jobs/7/memory.limit_in_bytes": "2000000000",
            "sys/fs/cgroup/memory/jobs/7/memory.usage_in_bytes": "1900000000",
            "sys/fs/cgroup/memory/jobs/7/memory.stat": "total_inactive_file 400000000",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        },
    )
    assert read_limits(tmp_path) == Limits(3.0, 2_000_000_000, 500_000_000)


def test_both_versions_side_by_side_are_read(tmp_path: Path) -> None:
    hybrid = V2.replace("/sys/fs/cgroup", "/sys/fs/cgroup/unified", 1)
    write(
        tmp_path,
        {
            "proc/self/cgroup": "2:cpu:/job\n0::/",
            "proc/self/mountinfo": f"{v1_mount('cpu')}\n{hybrid}",
            "sys/fs/cgroup/cpu/job/cpu.cfs_quota_us": "100000",
            "sys/fs/cgroup/cpu/job/cpu.cfs_period_us": "100000",
            "sys/fs/cgroup/unified/memory.max": "5000000000",
        },
    )
    assert read_limits(tmp_path) == Limits(1.0, 5_000_000_000, 5_000_000_000)


def test_without_such_files_nothing_is_known(tmp_path: Path) -> None:
    assert read_limits(tmp_path) == Limits()


@pytest.mark.parametrize("content", ["", "nonsense", "0::", "a b c\n1:2"])
def test_files_that_make_no_sense_are_no_limits(tmp_path: Path, content: str) -> None:
    in_v2(tmp_path, "/", {"cpu.max": content, "memory.max": content, "memory.stat": content})
    assert read_limits(tmp_path) == Limits()
    write(tmp_path, {"proc/self/cgroup": content, "proc/self/mountinfo": content})
    assert read_limits(tmp_path) == Limits()


def test_a_folder_in_the_place_of_a_file_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "proc/self/cgroup").mkdir(parents=True)
    assert read_limits(tmp_path) == Limits()
