"""What the egress guard lets out: addresses, names and the allow-list."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.errors import ConfigurationError, UpstreamRefused
from composio.process.addresses import canonical, is_global
from composio.testing import FakeTransport
from composio.transport.client import Clients
from composio.transport.egress import Egress
from tests.peers.egress import PUBLIC, RESOLVED, VECTORS, Fetch, Resolver, Server


def test_there_are_enough_vectors() -> None:
    assert len(set(VECTORS)) == len(VECTORS) >= 60


@pytest.mark.parametrize("vector", VECTORS)
def test_it_does_not_leave(vector: str, server: Server, fetch: Fetch) -> None:
    url = vector.format(port=f":{server.port}")
    clients = Clients(egress=Egress(resolver=Resolver(**RESOLVED)))
    with pytest.raises((UpstreamRefused, httpx.InvalidURL, httpx.ConnectError)):
        fetch(clients, url)
    assert server.connections == []


@pytest.mark.parametrize("host", ["127.1", "0x7f000001", "2130706433", "localhost", "0", "[::ffff:127.0.0.1]"])
def test_the_systems_resolver_leads_to_loopback_and_that_is_refused(host: str, server: Server, fetch: Fetch) -> None:
    """Those forms do arrive where they should not, unguarded: the vectors are real ones."""
    assert fetch(Clients(), f"http://{host}:{server.port}/open", trust=True).status_code == 200
    with pytest.raises(UpstreamRefused):
        fetch(Clients(), f"http://{host}:{server.port}/guarded")
    assert [line.split()[0] for line in server.seen] == ["/open"]


@pytest.mark.parametrize("vector", [v for v in VECTORS if not any(name in v for name in RESOLVED)])
def test_what_can_be_read_is_judged_over_a_transport_in_place_of_the_network_too(vector: str, fetch: Fetch) -> None:
    fake = FakeTransport(lambda _request: (200, {}))
    with pytest.raises((UpstreamRefused, httpx.InvalidURL)):
        fetch(Clients(fake), vector.format(port=""))
    assert fake.requests == []


def test_a_transport_in_place_of_the_network_knows_its_own_names(fetch: Fetch) -> None:
    assert fetch(Clients(FakeTransport({"/x": (200, {})})), "https://no-such-name.example.com/x").status_code == 200


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::1", "::ffff:8.8.8.8"]
)
def test_public_addresses_are_let_out(address: str) -> None:
    assert is_global(address)
    assert Egress(resolver=Resolver([address])).pin("a.example.com", 443, "a test") == [address]
    assert Egress().pin(address, 443, "a test") == [str(canonical(address))]


@pytest.mark.parametrize(
    ("allow", "url", "opened"),
    [
        ("127.0.0.1", "http://127.0.0.1:{port}/", True),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}/", True),
        ("127.0.0.1:1", "http://127.0.0.1:{port}/", False),
        ("127.0.0.0/8", "http://127.0.0.1:{port}/", True),
        ("10.0.0.0/8", "http://127.0.0.1:{port}/", False),
        ("127.0.0.0/8:{port}", "http://127.0.0.1:{port}/", True),
        (" ,127.0.0.1, ", "http://127.0.0.1:{port}/", True),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]:{port}/", True),
        ("127.0.0.1", "http://2130706433:{port}/", False),
        ("127.0.0.1", "http://loopback.example.com:{port}/", True),
        ("loopback.example.com", "http://loopback.example.com:{port}/", True),
        ("LOOPBACK.example.com.", "http://loopback.EXAMPLE.com.:{port}/", True),
        ("*.example.com", "http://loopback.example.com:{port}/", True),
        ("*.example.com:{port}", "http://loopback.example.com:{port}/", True),
        ("*.oopback.example.com", "http://loopback.example.com:{port}/", False),
        ("example.com", "http://loopback.example.com:{port}/", False),
        ("localhost", "http://localhost:{port}/", True),
        ("*.localhost", "http://localhost:{port}/", False),
    ],
)
def test_the_allow_list_opens_what_it_says(allow: str, url: str, opened: bool, server: Server, fetch: Fetch) -> None:
    resolver = Resolver(**RESOLVED, localhost=["127.0.0.1"], **{"loopback.example.com.": ["127.0.0.1"]})
    text = allow.format(port=server.port)
    for egress in (
        Egress(text.split(","), resolver=resolver),
        Egress(environ={"COMPOSIO_EGRESS_ALLOW": text}, resolver=resolver),
    ):
        if opened:
            assert fetch(Clients(egress=egress), url.format(port=server.port)).status_code == 200
        else:
            with pytest.raises(UpstreamRefused):
                fetch(Clients(egress=egress), url.format(port=server.port))


@pytest.mark.parametrize(
    "entry", ["[::1]", "::1", "::/64", "[::1]:8080", "fd00::/8", "*.Corp.example", "bücher.example", "db_1.corp"]
)
def test_what_an_entry_may_be(entry: str) -> None:
    Egress([entry])


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("http://10.0.0.1", "is a URL"),
        ("10.0.0.1/8", "is no network, 10.0.0.0/8 is"),
        ("10.0.0.0/99", "is no address or network"),
        ("300.1.1.1", "is no address or network"),
        ("host:0", "has no valid port"),
        ("host:70000", "has no valid port"),
        ("host:http", "is no host"),
        ("[::1", "is no address or network"),
        ("[host]", "is no address or network"),
        ("a b", "is no host name"),
        ("*", "is no host name"),
        ("*.", "is no host name"),
        ("a.*.b", "is no host name"),
        ("-a", "is no host name"),
        ("0x7f.1", "is no address or network"),
    ],
)
def test_an_entry_that_can_not_be_meant_is_named(entry: str, why: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Egress([entry])
    assert str(caught.value).startswith(f"egress_allow: {entry!r} {why}; expected an IP address, a network such as 10.0.0.0/8")
    with pytest.raises(ConfigurationError, match=r"^COMPOSIO_EGRESS_ALLOW: "):
        Egress(environ={"COMPOSIO_EGRESS_ALLOW": f"10.0.0.1,{entry}"})


def test_a_refusal_says_who_named_the_host_and_what_opens_it() -> None:
    with pytest.raises(UpstreamRefused) as caught:
        Egress().pin("::1", 8080, "a redirect of api.example.com")
    assert str(caught.value) == (
        "::1 is not on the public internet, and it was named by a redirect of api.example.com: refused."
        " To allow it, the operator sets COMPOSIO_EGRESS_ALLOW=[::1]:8080."
    )


def test_where_a_name_leads_inside_is_not_told() -> None:
    with pytest.raises(UpstreamRefused) as caught:
        Egress(resolver=Resolver(**RESOLVED)).pin("private.example.com", 443, "a connection")
    assert "10.0.0.5" not in str(caught.value)


INSIDE = ["0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"]
INSIDE += ["192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4"]
inside = st.sampled_from(INSIDE).flatmap(lambda network: st.ip_addresses(v=4, network=network))


@given(inside)
def test_however_ipv6_writes_an_address_inside_it_is_not_public(ip: IPv4Address) -> None:
    number = int(ip)
    forms = [
        0xFFFF << 32 | number,  # v4-mapped
        number,  # v4-compatible
        0xFFFF << 48 | number,  # translated, RFC 2765
        0x64FF9B << 96 | number,  # NAT64
        0x2002 << 112 | number << 80,  # 6to4
        0x20010000 << 96 | number << 64,  # Teredo's server
        0x20010000 << 96 | number ^ 0xFFFFFFFF,  # Teredo's client
        0x20014860 << 96 | 0x5EFE << 32 | number,  # ISATAP
        0x20014860 << 96 | 0x2005EFE << 32 | number,
    ]
    assert not is_global(str(ip))
    for form in forms:
        assert not is_global(str(IPv6Address(form))), IPv6Address(form)


@given(inside, st.sampled_from(["{}", "{:#x}", "0{:o}", "{}."]), st.integers(1, 4))
def test_however_a_number_is_written_it_is_not_let_out(ip: IPv4Address, form: str, parts: int) -> None:
    """inet_aton(3) takes one to four parts, each decimal, octal or hexadecimal; the last one holds the rest."""
    number = int(ip)
    texts = [str(number >> (24 - 8 * place) & 0xFF) for place in range(parts - 1)]
    texts.append(form.format(number & (1 << (32 - 8 * (parts - 1))) - 1))
    with pytest.raises(UpstreamRefused):
        Egress(resolver=Resolver([str(ip)])).pin(".".join(texts), 80, "a test")


@given(st.text(max_size=60), st.sampled_from([80, 443, 8080]))
def test_whatever_a_host_is_called_it_is_refused_or_leads_to_a_public_address(host: str, port: int) -> None:
    for answers in (["10.0.0.1"], [PUBLIC]):
        try:
            found = Egress(resolver=Resolver(answers)).pin(host, port, "a test")
        except (UpstreamRefused, OSError):
            continue
        assert all(is_global(one) for one in found)
