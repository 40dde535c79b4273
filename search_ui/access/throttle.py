"""A growing wait after passwords that were wrong, by name and by address, in bounded memory.

An attempt counts when it begins, so that many at once are no way around; one that succeeds is
taken back. What is refused here is not counted: who waits as told gets in.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from threading import Lock

FREE_BY_NAME = 5
FREE_BY_ADDRESS = 20
"""More than of a name: all of a department can come from one address."""
LONGEST_WAIT = 300.0
_FORGOTTEN_AFTER = 3600.0
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Failures:
    number: int = 0
    last: float = 0.0


class Throttle:
    """Safe from several threads. Times are seconds of any clock that does not go back."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._failures: OrderedDict[str, _Failures] = OrderedDict()
        self._lock = Lock()

    def begin(self, name: str, address: str, now: float) -> float:
        """0 where an attempt may be made, which counts as failed until `succeeded`; else the
        seconds to wait."""
        with self._lock:
            kept = [(key, self._of(key, now), free) for key, free in _keys(name, address)]
            wait = max(_wait(failures, free, now) for _, failures, free in kept)
            if wait <= 0:
                for key, failures, _ in kept:
                    self._keep(key, _Failures(failures.number + 1, now))
            return max(wait, 0.0)

    def succeeded(self, name: str, address: str) -> None:
        """The name's failures are forgotten. The address's are not, but for this attempt: an
        account of one's own is no way to go on trying others."""
        (of_name, _), (of_address, _) = _keys(name, address)
        with self._lock:
            self._failures.pop(of_name, None)
            failures = self._failures.get(of_address)
            if failures is not None:
                self._failures[of_address] = replace(failures, number=failures.number - 1)

    def _of(self, key: str, now: float) -> _Failures:
        found = self._failures.get(key, _Failures())
        return found if now - found.last < _FORGOTTEN_AFTER else _Failures()

    def _keep(self, key: str, failures: _Failures) -> None:
        self._failures[key] = failures
        self._failures.move_to_end(key)
        while len(self._failures) > self._most:
            self._failures.popitem(last=False)


def _keys(name: str, address: str) -> Sequence[tuple[str, int]]:
    return ((f"name {name}", FREE_BY_NAME), (f"address {_network(address)}", FREE_BY_ADDRESS))


def _wait(failures: _Failures, free: int, now: float) -> float:
    """Seconds until the next attempt: 1, 2, 4 … 300 after the last of those beyond `free`."""
    beyond = failures.number - free
    if beyond < 0:
        return 0.0
    return failures.last + min(2.0 ** min(beyond, 16), LONGEST_WAIT) - now


def _network(address: str) -> str:
    """The address itself, or the /64 that one IPv6 host has for itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
