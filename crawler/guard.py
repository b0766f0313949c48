"""Decide to which network address a host name may lead.

A page can name any host, so a crawler can be led to the machines of its operator's own network.
Every address is checked after the name is resolved and before a connection is made:
redirects, retries and IP literals all pass here.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Mapping

from crawler.exchange import FetchFailure

Endpoint = tuple[str, int]
"""An IP address and a port."""

DNS_CACHE_SECONDS = 600.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All that IANA has given out of IPv6 for the internet (RFC 4291, section 2.4)."""


def is_public(address: str) -> bool:
    """Tell whether an IP address lies on the public internet.

    IPv6 forms that carry an IPv4 address inside are judged by that address too.

    >>> is_public("193.166.3.2"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1")
    (True, False, False)
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    inner = _carried(ip)
    if inner is not None and not is_public(str(inner)):
        return False
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _NAT64 and ip not in _GLOBAL_UNICAST:
        return False
    return ip.is_global and not ip.is_multicast


def is_literal(host: str) -> bool:
    """Tell whether a host of a canonical address is an IP address.

    >>> is_literal("127.0.0.1"), is_literal("[::1]"), is_literal("kyt.fi")
    (True, True, False)
    """
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _carried(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | None:
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


class AddressGuard:
    """Resolve host names and refuse what is not public.

    Hosts named in ``[resolver]`` of crawl.toml lead to their loopback address and port instead:
    that is how the bundled miniature sites are crawled under real-looking names.
    """

    def __init__(self, hosts: Mapping[str, str], ports: Mapping[str, int]) -> None:
        """Take the host → loopback address map and the port map for those hosts."""
        self._hosts = dict(hosts)
        self._ports = dict(ports)
        self._cache: dict[str, tuple[float, list[str]]] = {}

    async def endpoints(self, host: str, port: int) -> list[Endpoint]:
        """Return the addresses to try, in order.

        Raises:
            FetchFailure: ``dns`` where the name has no address, ``private-address`` where every
                address is refused.
        """
        mapped = self._hosts.get(host)
        if mapped is not None:
            return [(mapped, self._ports.get(str(port), port))]
        addresses = await self._resolve(host)
        public = [address for address in addresses if is_public(address)]
        if not public:
            raise FetchFailure(
                "private-address",
                f"{host} leads to {addresses[0]}, which is not on the public internet",
            )
        return [(address, port) for address in public]

    async def _resolve(self, host: str) -> list[str]:
        literal = host.strip("[]")
        try:
            return [str(ipaddress.ip_address(literal))]
        except ValueError:
            pass  # a name, not a literal: ask the resolver below
        now = time.monotonic()
        expires, addresses = self._cache.get(host, (0.0, []))
        if now < expires:
            return addresses
        addresses = await self._lookup(host)
        self._cache[host] = (now + DNS_CACHE_SECONDS, addresses)
        return addresses

    async def _lookup(self, host: str) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise FetchFailure("dns", f"{host} has no address: {error}") from error
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))
