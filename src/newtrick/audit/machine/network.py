"""Checks of the ways to data and models: sources, mirrors, proxies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from newtrick.audit.finding import Finding, Severity
from newtrick.audit.machine.check import MachineCheck, Seen
from newtrick.audit.machine.subject import Answer, MachineSubject, Network

_BROKEN = Seen("not known while packages are broken", known=False)
_REMEDIES = {
    "hub": "set HF_ENDPOINT to a mirror of the hub, or HTTPS_PROXY",
    "package": "give pip a mirror of the index: python -m pip config set global.index-url ADDRESS",
    "url": "set HTTPS_PROXY",
}


class SocksProxy(MachineCheck):
    """A proxy that speaks SOCKS."""

    code = "socks-proxy"
    topic = "proxies"
    why = "Python's own downloads and, without further packages, pip and the hub cannot use it."
    fix = "name one that speaks HTTP: export HTTPS_PROXY=http://HOST:PORT; unset ALL_PROXY"

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Say which proxies are in use."""
        if machine.network is None:
            yield _BROKEN
            return
        proxies = machine.network.proxies
        socks = {scheme: way for scheme, way in proxies.items() if way.startswith("socks")}
        for scheme, way in socks.items():
            yield self.found(Severity.WARNING, f"{scheme} goes through {way}", {"proxy": way})
        if not socks:
            told = [f"{scheme} goes through {way}" for scheme, way in proxies.items()]
            yield Seen(", ".join(told) or "none")


class SilentSource(MachineCheck):
    """A hub, package index or server that does not give what the catalogue has there."""

    code = "silent-source"
    topic = "sources"
    why = "What it alone has cannot be fetched; else the next source is taken, after a wait."
    fix = "; ".join(_REMEDIES.values())

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """One line a kind of source."""
        network = machine.network
        if network is None:
            yield _BROKEN
            return
        for kind, name in _names(network).items():
            answers = [answer for answer in network.answers if answer.kind == kind]
            failures = [answer for answer in answers if answer.failure]
            if not answers:
                yield Seen(f"{name}: not asked ({network.unasked})", known=False)
            elif failures:
                yield self.found(
                    Severity.INFO,
                    f"{name}: {_reasons(failures, len(answers))}",
                    {"kind": kind, "sources": len(answers), "failures": len(failures)},
                    fix=_REMEDIES[kind],
                )
            else:
                slowest = max(answer.seconds for answer in answers)
                yield Seen(f"{name} answers, after {slowest:.1f} s at most")


def _names(network: Network) -> dict[str, str]:
    token = " with a token" if network.has_token else ""
    return {
        "hub": f"hub {network.hub}{token}",
        "package": f"package index {', '.join(network.indexes) or '(none)'}",
        "url": "servers of data sets",
    }


def _reasons(failures: Sequence[Answer], asked: int) -> str:
    """Each reason once, with the sources that gave it unless that is all of them."""
    sources: dict[str, list[str]] = {}
    for answer in failures:
        sources.setdefault(str(answer.failure), []).append(answer.source)
    return "; ".join(
        reason if len(names) == asked else f"{reason} ({', '.join(names)})"
        for reason, names in sources.items()
    )


class NotFetchable(MachineCheck):
    """Data sets or models of the catalogue are not in the cache, and no source has them."""

    code = "not-fetchable"
    topic = "catalogue"
    why = "A run that names one of them ends with an error."
    fix = (
        "fetch them where there is a network, copy that cache here, and set NEWTRICK_CACHE to the"
        " copy; or give train the path of your own data and model"
    )

    def examine(self, machine: MachineSubject) -> Iterator[Seen | Finding]:
        """Say what is here, and what can be had."""
        network = machine.network
        if network is None:
            yield _BROKEN
            return
        here = [name for name, cached in network.cached.items() if cached]
        if here:
            yield Seen(f"in the cache: {', '.join(here)}")
        missing = [name for name, cached in network.cached.items() if not cached]
        if missing and not network.answers:
            yield Seen(f"not in the cache: {', '.join(missing)}", known=False)
            return
        given = {answer.entry for answer in network.answers if not answer.failure}
        fetchable = [name for name in missing if name in given]
        if fetchable:
            yield Seen(f"can be fetched: {', '.join(fetchable)}")
        lost = [name for name in missing if name not in given]
        if lost:
            title = f"neither in the cache nor at any source: {', '.join(lost)}"
            yield self.found(Severity.WARNING, title, {"names": ", ".join(lost)})
