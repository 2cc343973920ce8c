"""The checks of a machine. Apart from the others, which need the packages that may be broken."""

from __future__ import annotations

from collections.abc import Sequence

from newtrick.audit.machine.check import MachineCheck
from newtrick.audit.machine.gpu import UnusableGpu
from newtrick.audit.machine.network import NotFetchable, SilentSource, SocksProxy
from newtrick.audit.machine.processor import LittleCpu, SlowProcessor, ThreadCount
from newtrick.audit.machine.room import LittleDisk, LittleMemory, UnwritableFolder
from newtrick.audit.machine.software import BrokenPackage, UnmetRequirement
from newtrick.audit.machine.trial import NotUtf8, WrongAnswer

MACHINE_CHECKS: Sequence[MachineCheck] = (
    BrokenPackage(),
    UnmetRequirement(),
    SlowProcessor(),
    LittleCpu(),
    ThreadCount(),
    LittleMemory(),
    LittleDisk(),
    UnwritableFolder(),
    UnusableGpu(),
    SocksProxy(),
    SilentSource(),
    NotFetchable(),
    NotUtf8(),
    WrongAnswer(),
)
"""In the order in which they are told."""
