"""Who is at the other end of a request that reverse proxies passed on."""

import ipaddress
from collections.abc import Iterable

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """The reverse proxies whose ``X-Forwarded-For`` is believed.

    Parameters
    ----------
    text
        Addresses and networks in CIDR notation, separated by commas; empty for none.

    Raises
    ------
    ValueError
        If one of them is neither; the message names it.
    """

    def __init__(self, text: str = "") -> None:
        self._networks = [
            ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()
        ]

    def __str__(self) -> str:
        """The same in the form that it was given."""
        return ",".join(map(str, self._networks))

    def client_of(self, peer: str, forwarded_for: Iterable[str]) -> str:
        """The address a request came from.

        Each proxy appends the address it was called from, so the list is read from its end, and
        only as far as trusted proxies wrote it: what stands further left may be made up.

        Parameters
        ----------
        peer
            The address of the connection itself.
        forwarded_for
            The values of every ``X-Forwarded-For`` header, in the order in which they came.

        Returns
        -------
        str
            The right-most address that is no trusted proxy. It is ``peer`` if that is not
            trusted, and the last trusted one if the list ends there or goes on with no address.
        """
        client = peer
        hops = ",".join(forwarded_for).split(",")
        while self._trusts(client) and hops:
            address = _address(hops.pop())
            if address is None:
                break
            client = str(address)
        return client

    def _trusts(self, client: str) -> bool:
        address = _address(client)
        return address is not None and any(address in network for network in self._networks)


def _address(text: str) -> _Address | None:
    try:
        address = ipaddress.ip_address(text.strip())
    except ValueError:
        return None
    # A socket that listens for both kinds shows IPv4 callers as ::ffff:192.0.2.1.
    return getattr(address, "ipv4_mapped", None) or address
