"""What the checks of a machine look at. What could not be found out is None."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from newtrick.machine.memory import Memory


@dataclass(frozen=True)
class Package:
    """A package that newtrick imports.

    Attributes:
        name: As it is installed.
        version: None if it is not there.
        failure: Why it cannot be imported.
    """

    name: str
    version: str | None
    failure: str | None = None


@dataclass(frozen=True)
class Unmet:
    """A requirement that is not met, by a version that is installed or by none.

    Attributes:
        package: Whose it is.
        requirement: As pip takes it, such as `torch>=2.10`.
        installed: The version that is there.
    """

    package: str
    requirement: str
    installed: str | None


@dataclass(frozen=True)
class Software:
    """Python, the packages that newtrick imports, and what of their requirements is not met."""

    python: str
    packages: tuple[Package, ...]
    unmet: tuple[Unmet, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every package can be imported."""
        return not any(package.failure for package in self.packages)


@dataclass(frozen=True)
class Processor:
    """The processor, and how much of it this process may use.

    Attributes:
        architecture: Such as `x86_64`.
        name: As the system gives it.
        cores: Those that the system has.
        allowed: Those that the process may run on.
        quota: The cores' worth of time that its control groups leave it, if they set a limit.
        instructions: Names of the instruction sets that matter to training.
        threads: Those that torch computes with.
        physical: Cores, where two threads of one core count once.
        thread_variables: Variables that limit threads, as they are set.
        precision: The format in which training multiplies matrices here.
    """

    architecture: str
    name: str | None = None
    cores: int | None = None
    allowed: int | None = None
    quota: float | None = None
    instructions: tuple[str, ...] | None = None
    threads: int | None = None
    physical: int | None = None
    thread_variables: Mapping[str, str] = field(default_factory=dict)
    precision: str | None = None

    @property
    def lacks_avx2(self) -> bool:
        """Whether it is one of the x86 kind, and known to be an old one."""
        is_x86 = self.architecture in ("x86_64", "AMD64")
        return is_x86 and self.instructions is not None and "AVX2" not in self.instructions

    @property
    def usable(self) -> float | None:
        """The cores that the process really has."""
        known = [limit for limit in (self.cores, self.allowed, self.quota) if limit is not None]
        return min(known, default=None)

    @property
    def useful_threads(self) -> int | None:
        """The most threads that compute side by side: none waits for a core or for the quota."""
        known = [limit for limit in (self.usable, self.physical) if limit is not None]
        return max(1, math.floor(min(known))) if known else None


@dataclass(frozen=True)
class Folder:
    """A folder that newtrick writes to.

    Attributes:
        purpose: What lies there.
        path: Where it is, or would be made.
        way: How the user names another place.
        needed: The bytes that have to fit.
        free: The bytes that do.
        failure: Why it cannot be written.
    """

    purpose: str
    path: str
    way: str
    needed: int
    free: int | None = None
    failure: str | None = None


@dataclass(frozen=True)
class Gpu:
    """Graphics processors, and what torch can do with them.

    Attributes:
        build: What torch was built for: `CPU`, `CUDA 12.8`, `ROCm 6.3`, `MPS`.
        driver: Version of NVIDIA's driver.
        names: The devices that torch sees.
        capabilities: The compute capability of each, such as `9.0`.
        architectures: Those that torch has code for, such as `sm_90`.
        failure: What torch says of its attempt to use them.
    """

    build: str
    driver: str | None = None
    names: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    failure: str | None = None


@dataclass(frozen=True)
class Answer:
    """What a source of the catalogue said.

    Attributes:
        entry: The data set or model.
        kind: `hub`, `package` or `url`.
        source: In words.
        seconds: Until it answered, or was given up.
        failure: Why nothing could be fetched from it; half a sentence.
    """

    entry: str
    kind: str
    source: str
    seconds: float
    failure: str | None = None


@dataclass(frozen=True)
class Network:
    """Where data and models come from. No address in here has a password.

    Attributes:
        cached: Whether an entry of the catalogue lies in the cache, by name.
        answers: One a source; empty when none was asked.
        unasked: Why none was asked.
        hub: The address of the hub.
        indexes: Addresses and folders in which pip looks for packages.
        proxies: By the scheme that goes through them.
        has_token: Whether requests to the hub carry a token.
    """

    cached: Mapping[str, bool]
    answers: tuple[Answer, ...] = ()
    unasked: str | None = None
    hub: str | None = None
    indexes: tuple[str, ...] = ()
    proxies: Mapping[str, str] = field(default_factory=dict)
    has_token: bool = False


@dataclass(frozen=True)
class SelfTest:
    """A tiny random model that was trained on easy texts.

    Attributes:
        seconds: What that took.
        rows: The texts.
        accuracy: On those texts, after training.
        first_loss: Of the first step.
        last_loss: On those texts, after training.
        finished: Whether it was given the time that it took.
        failure: Why it broke off.
    """

    seconds: float
    rows: int
    accuracy: float | None = None
    first_loss: float | None = None
    last_loss: float | None = None
    finished: bool = True
    failure: str | None = None


@dataclass(frozen=True)
class MachineSubject:
    """A machine as this process finds it.

    Attributes:
        newtrick: Version.
        system: Operating system and architecture.
        encoding: Of standard output.
        gpu, network, self_test: None while a package that they need is broken.
    """

    newtrick: str
    system: str
    software: Software
    processor: Processor
    memory: Memory
    encoding: str | None = None
    folders: tuple[Folder, ...] = ()
    gpu: Gpu | None = None
    network: Network | None = None
    self_test: SelfTest | None = None
