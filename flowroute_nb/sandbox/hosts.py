"""The host names under which a sandbox answers; all others are refused as a protection against DNS rebinding."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING

from flowroute_nb.errors import InputError
from flowroute_nb.sandbox.addresses import is_here

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Hosts", "check_hosts", "is_authority"]

# Domain names have no underscore, but names of Docker Compose services do.
_AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{0,5}))?", re.ASCII)
_LAST_PORT = 65_535
_PORT = re.compile(r":\d*$", re.ASCII)


class Hosts:
    """The hosts that requests may name: loopback, the address of the server, and those that were allowed.

    Parameters
    ----------
    listening : str
        The host on which the server listens.
    allowed : iterable of str
        More names, without a port.

    Examples
    --------
    >>> hosts = Hosts("127.0.0.1", ["sandbox.test"])
    >>> hosts.allows("LOCALHOST.:8000"), hosts.allows("sandbox.test"), hosts.allows("rebound.example:8000")
    (True, True, False)

    """

    def __init__(self, listening: str, allowed: Iterable[str]) -> None:
        self._names = {_host(listening) or listening, *(_host(name) for name in allowed)}

    def allows(self, authority: str, address: str = "") -> bool:
        """Return whether requests may name "host" or "host:port"; `address` is the one they were sent to."""
        host = _host(authority)
        return host is not None and (host in self._names or host == address or is_here(host))


def is_authority(text: str) -> bool:
    """Return whether a text is a host, or a host and a port, as in a URL."""
    return _host(text) is not None


def _host(authority: str) -> str | None:
    """Return the host of an authority in a normalized spelling, or None if it is malformed."""
    match = _AUTHORITY.fullmatch(authority)
    if match is None or int(match[2] or 0) > _LAST_PORT:
        return None
    name = (
        match[1].lower().removesuffix(".")
    )  # a final dot does not change a name: https://www.rfc-editor.org/rfc/rfc1034
    is_bracketed = name.startswith("[")
    try:
        return str(ipaddress.IPv6Address(name[1:-1]) if is_bracketed else ipaddress.IPv4Address(name))
    except ValueError:
        return None if is_bracketed else name or None


def check_hosts(names: Sequence[str]) -> list[str]:
    """Check allowed_hosts=: names or addresses, without scheme, port or wildcard."""
    if not isinstance(names, list | tuple | set | frozenset):
        raise InputError(f"allowed_hosts must be a list of host names, e.g. ['sandbox.test']; got {names!r}.")
    hosts = []
    for name in names:
        host = f"[{name}]" if isinstance(name, str) and name.count(":") > 1 and name[:1] != "[" else name
        if not isinstance(host, str) or not is_authority(host) or _PORT.search(host):
            raise InputError(
                f"allowed_hosts has {name!r}, which is not a host name. Give the name without http:// or a port, "
                "e.g. 'sandbox.test'."
            )
        hosts.append(host)
    return hosts
