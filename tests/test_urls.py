"""Addresses: canonical form, sort key, resolution."""

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.urls import canonical_url, host_of, registered_domain, resolve, urlkey
from tests.peers import peer

ADDRESSES = [
    "http://www.kyt.fi/",
    "https://kyt.fi/Uutiset/Kevät/",
    "http://kyt.fi/a?b=2&a=1",
    "http://kyt.fi/%C3%B6/ä",
    "http://artteli-ry.yhdistysavain.fi/?x175576=437260",
    "http://kyt.fi/a;jsessionid=0123456789abcdef0123456789abcdef?q=1",
    "http://kyt.fi/?PHPSESSID=abcdefabcdefabcdefabcdefabcdef12&b=1",
    "http://www2.kyt.fi:8080/a//b",
    "http://kyt.fi/a%20b(c)",
    "http://kyt.fi/%25C3",
    "http://raahe.fi./",
    "http://127.0.0.1/x",
    "http://kyt.fi/index.php?option=com_content&view=",
    "https://kyt.fi/a?",
    "http://järjestöfoorumi.fi/",
    "http://kyt.fi/?a=å&b=%E4",
    "http://kyt.fi/?sid=12",
    "http://kyt.fi/(S(4hqa0555fwsecu455xqckv45))/sivu.aspx",
]


def test_urlkey_agrees_with_the_surt_of_the_wayback_machine():
    """Our key is, letter for letter, the one that pywb's own package gives."""
    program = (
        "import json,sys,surt; print(json.dumps([surt.surt(u) for u in json.load(sys.stdin)]))"
    )
    answer = subprocess.run(
        [peer("python"), "-c", program],
        input=json.dumps(ADDRESSES),
        text=True,
        capture_output=True,
        check=True,
    )
    assert [urlkey(address) for address in ADDRESSES] == json.loads(answer.stdout)


@pytest.mark.parametrize(
    ("given_url", "canonical"),
    [
        pytest.param("HTTP://KYT.fi:80", "http://kyt.fi/", id="case-and-default-port"),
        pytest.param("http://kyt.fi/a#b", "http://kyt.fi/a", id="fragment"),
        pytest.param("http://kyt.fi/?utm_source=m&utm_medium=e", "http://kyt.fi/", id="tracking"),
        pytest.param("http://kyt.fi/p?replytocom=7", "http://kyt.fi/p", id="reply-link"),
        pytest.param("http://kyt.fi/a;jsessionid=1F?x=1", "http://kyt.fi/a?x=1", id="path-session"),
        pytest.param("http://raahe.fi./kunta", "http://raahe.fi/kunta", id="trailing-dot"),
        pytest.param("http://kyt.fi/?b=1&a=2", "http://kyt.fi/?a=2&b=1", id="query-sorted"),
        pytest.param("http://kyt.fi/Ä b", "http://kyt.fi/%C3%84%20b", id="escapes"),
    ],
)
def test_canonical_url(given_url, canonical):
    """One address has one form, and that form stays as it is."""
    assert canonical_url(given_url) == canonical
    assert canonical_url(canonical) == canonical


def test_parameters_that_are_the_address_stay():
    """With ``keep``, a newsletter's parameters stay in their order and all others go."""
    url = "https://yhdistystori.fi/?wysija-page=1&controller=email&action=view&email_id=9&utm_a=1"
    keep = ("wysija-page", "controller", "action", "email_id")
    assert canonical_url(url, keep=keep) == url.removesuffix("&utm_a=1")


def test_dropped_parameters_go():
    """A site can name parameters that never choose what is shown."""
    assert (
        canonical_url("http://kyt.fi/?tulosta=1&id=3", drop=("tulosta",)) == "http://kyt.fi/?id=3"
    )


@pytest.mark.parametrize(
    "href",
    ["mailto:a@kyt.fi", "javascript:void(0)", "tel:050", "http://[rikki", "data:text/html,x"],
)
def test_links_that_lead_to_no_page(href):
    """A link that is no http address resolves to nothing, and raises nothing."""
    assert resolve("https://kyt.fi/", href) is None


@pytest.mark.parametrize("text", ["", "kyt.fi", "ftp://kyt.fi/", "http:///", "http://."])
def test_no_address(text):
    """What is no http address is refused with the text in the message."""
    with pytest.raises(ValueError, match="is no"):
        canonical_url(text)


def test_hosts():
    """Host names are compared in punycode, and grouped by who registered them."""
    assert host_of("https://WWW.järjestöfoorumi.fi/x") == "www.xn--jrjestfoorumi-bfb9y.fi"
    assert registered_domain("www.kainuunpiiri.mll.fi") == "mll.fi"
    assert registered_domain("127.0.0.1") == "127.0.0.1"


@given(st.text(max_size=60))
def test_any_path_has_a_stable_canonical_form(path):
    """Making canonical twice is making canonical once, whatever a link holds."""
    once = canonical_url("http://kyt.fi/" + path)
    assert canonical_url(once) == once
    assert urlkey(once) == urlkey(once)


def test_peer_is_found_or_said():
    """The peers live in a virtual environment of their own."""
    assert Path(peer("python")).exists()
