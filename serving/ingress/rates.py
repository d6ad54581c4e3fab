"""Token buckets, kept in memory and bounded: how much one conversation, or one address, may send."""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

MOST_KEPT = 20_000  # buckets; the one that was used longest ago gives way
NETWORK_BITS = 64  # of an IPv6 address: what one household or machine has


@dataclass
class Buckets:
    """A bucket for each name. It holds `most` tokens and gets `each_second` back; 0 for `most`: no limit."""

    most: float
    each_second: float
    now: Callable[[], float] = time.monotonic
    kept: int = MOST_KEPT
    _left: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # tokens, and when that was

    @classmethod
    def a_minute(cls, number: int) -> Buckets:
        """So many in a minute, also all at once."""
        return cls(float(number), number / 60.0)

    def take(self, name: str, tokens: float = 1.0) -> float:
        """Take tokens; 0.0 when they were there, else the seconds until they will be. Nothing is taken then."""
        if not self.most:
            return 0.0
        now = self.now()
        left, then = self._left.pop(name, (self.most, now))
        left = min(self.most, left + (now - then) * self.each_second)
        enough = left >= tokens
        self._left[name] = (left - tokens if enough else left, now)
        if len(self._left) > self.kept:
            self._left.popitem(last=False)
        return 0.0 if enough else (min(tokens, self.most) - left) / self.each_second

    def __len__(self) -> int:
        """How many buckets are kept."""
        return len(self._left)


def network_of(address: str) -> str:
    """The address, or the network of an IPv6 one; "" for what tells nothing of who sent it.

    Loopback is this machine, or a proxy on it that was not told of (PROXIES): all people would share one bucket.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    if found.is_loopback:
        return ""
    if found.version == 6:
        return str(ipaddress.ip_network((int(found), NETWORK_BITS), strict=False))
    return str(found)


def whole_seconds(seconds: float) -> int:
    """As `Retry-After` wants it: at least one."""
    return max(1, math.ceil(seconds))
