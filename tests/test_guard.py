"""To which addresses a name may lead."""

import asyncio

import pytest

from archive.urls import canonical_url, host_of
from crawler.exchange import FetchFailure
from crawler.guard import AddressGuard, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "255.255.255.255", "224.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1",
        "::ffff:10.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "fec0::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "ff02::1",
    ],
)  # fmt: skip
def test_addresses_inside_are_not_public(address):
    """Loopback, private, link-local, shared, multicast, and IPv6 forms that carry one of them."""
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["193.166.3.2", "8.8.8.8", "2001:708:10::1", "64:ff9b::808:808"]
)
def test_addresses_of_the_internet_are_public(address):
    """Ordinary addresses pass."""
    assert is_public(address)


def endpoints(guard, host, port=80):
    """Ask the guard."""
    return asyncio.run(guard.endpoints(host, port))


def test_a_mapped_host_leads_to_its_loopback_address():
    """Ports are mapped only for the hosts named in the configuration."""
    guard = AddressGuard({"www.talo.fi": "127.0.3.1"}, {"443": 18443})
    assert endpoints(guard, "www.talo.fi", 443) == [("127.0.3.1", 18443)]
    assert endpoints(guard, "www.talo.fi", 80) == [("127.0.3.1", 80)]
    assert endpoints(guard, "193.166.3.2", 443) == [("193.166.3.2", 443)]


@pytest.mark.parametrize("host", ["127.0.3.1", "127.0.0.1", "::1", "localhost"])
def test_the_mapped_address_itself_stays_closed(host):
    """The map opens a name, not an address."""
    guard = AddressGuard({"www.talo.fi": "127.0.3.1"}, {})
    with pytest.raises(FetchFailure) as refused:
        endpoints(guard, host)
    assert refused.value.kind == "private-address"


def test_a_name_with_one_public_address_is_asked_only_there(monkeypatch):
    """A name that leads outside and inside at once is asked outside."""
    guard = AddressGuard({}, {})

    async def both(host):
        return ["10.0.0.5", "193.166.3.2"]

    monkeypatch.setattr(guard, "_lookup", both)
    assert endpoints(guard, "molemmat.fi") == [("193.166.3.2", 80)]


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "[::1]", "[::ffff:7f00:1]",
     "\uff11\uff12\uff17.0.0.1", "127.0.0.1."],
)  # fmt: skip
def test_every_way_to_write_an_address_is_refused(host):
    """Decimal, hexadecimal, octal, mapped, full-width: the canonical address says what it is."""
    url = canonical_url(f"http://{host}/")
    with pytest.raises(FetchFailure) as refused:
        endpoints(AddressGuard({}, {}), host_of(url))
    assert refused.value.kind == "private-address"


def test_a_name_that_changes_its_mind_is_asked_again_and_refused(monkeypatch):
    """DNS rebinding: the address that was checked is the one that is connected to, each time anew."""
    guard = AddressGuard({}, {})
    answers = iter([["193.166.3.2"], ["127.0.0.1"]])

    async def lookup(host):
        return next(answers)

    monkeypatch.setattr(guard, "_lookup", lookup)
    assert endpoints(guard, "vaihtuva.fi") == [("193.166.3.2", 80)]
    assert endpoints(guard, "vaihtuva.fi") == [("193.166.3.2", 80)]  # kept for ten minutes
    guard._cache.clear()
    with pytest.raises(FetchFailure, match=r"127\.0\.0\.1"):
        endpoints(guard, "vaihtuva.fi")


@pytest.mark.parametrize("host", ["ei-ole.invalid", "a" * 70 + ".fi"])
def test_a_name_without_an_address_is_a_dns_failure(host):
    """The failure names the host."""
    with pytest.raises(FetchFailure, match=host) as failed:
        endpoints(AddressGuard({}, {}), host)
    assert failed.value.kind == "dns"
