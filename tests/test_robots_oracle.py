"""robots.txt read side by side with Google's own parser, where its wheel can be installed (Python < 3.13)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.robots import AGENT_NAME, Robots

googlebot = pytest.importorskip("jwm.robotstxt.googlebot", reason="no build for this Python")

HOST = "https://www.jarjestotalo.fi"

KEYS = [
    b"User-agent", b"user-agent ", b"USER AGENT", b"useragent", b"User-agents", b"Disallow", b"disallow",
    b"Dissallow", b"dissalow", b"disalow", b"diasllow", b"disallaw", b"disallows", b"Allow", b"allow",
    b"allowed", b"Crawl-delay", b"Sitemap", b"site-map", b"Noindex", b"Host", b"x", b"",
    b"\xef\xbb\xbfUser-agent",
]  # fmt: skip
AGENTS = [
    b"*", b"* ", b"*x", b"* x", b"jarjestoarkisto", b"Jarjestoarkisto/1.0", b"jarjestoarkisto x", b"jarjesto",
    b"jarjestoarkistobotti", b"muu", b"", b"jarjestoarkisto*", "järjestö".encode(),
]  # fmt: skip
PATHS = [
    b"", b"/", b"/a", b"/a/", b"/a/b", b"/*.pdf", b"/*.pdf$", b"/a$", b"/a$b", b"$", b"*", b"/*", b"a",
    b"/a/index.html", b"/index.htm", b"/a/index.htmx", b"/index.php", "/jär".encode(), b"/j%c3%a4r",
    b"/j%C3%A4r", b"/%61", b"/a%2Fb", b"/a%2fb", b"/a b", b"/a?x=1", b"/*?", b"/**b", b"/a*$", b"/%",
    b"/%zz", b"/a # x", b"/a#x", b"/\xe4", b"/" + b"a" * 20_000, b"https://www.jarjestotalo.fi/a",
]  # fmt: skip
URLS = [
    "/", "/a", "/a/", "/a/b", "/x.pdf", "/x.pdf?1", "/a$b", "/index.html", "/a/index.html", "/j%C3%A4r",
    "/%61", "/a%2Fb", "/a%20b", "/a?x=1", "/robots.txtx", "/aaa", "/a;b", "//a", "/%E4", "/?", "/a?",
]  # fmt: skip

lines = st.builds(
    lambda *parts: b"".join(parts),
    st.sampled_from([b"", b"", b" ", b"\t"]),
    st.sampled_from(KEYS),
    st.sampled_from([b":", b": ", b": ", b" : ", b" ", b"\t", b"", b":: "]),
    st.one_of(st.sampled_from(AGENTS), st.sampled_from(PATHS), st.binary(max_size=12)),
    st.sampled_from([b"", b"", b" ", b" # kommentti", b"\0"]),
)
groups = st.builds(
    lambda agent, rules: b"User-agent: " + agent + b"\n" + b"\n".join(rules),
    st.sampled_from(AGENTS),
    st.lists(lines, max_size=4),
)
bodies = st.builds(
    lambda mark, parts, end: mark + end.join(parts) + end,
    st.sampled_from([b"", b"\xef\xbb\xbf", b"\xef\xbb", b"\xff\xfe", b"\n"]),
    st.lists(st.one_of(lines, groups), max_size=6),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n", b"\r\r\n"]),
)


@settings(max_examples=1500, deadline=None)
@given(bodies, st.sampled_from(URLS))
def test_the_verdict_is_google_s(body, path):
    """Whatever a robots.txt holds, it forbids and allows what Google's parser says."""
    google = googlebot.RobotsMatcher().OneAgentAllowedByRobots(body, AGENT_NAME, HOST + path)
    assert Robots(body).allows(HOST + path) is google


def test_one_difference_is_meant():
    """Small letters in an escape of the address are the same escape (RFC 9309, 2.2.2); Google leaves that to its caller."""
    body = b"User-agent: *\nDisallow: /j%C3%A4r"
    url = HOST + "/j%c3%a4r"
    assert not Robots(body).allows(url)
    assert googlebot.RobotsMatcher().OneAgentAllowedByRobots(body, AGENT_NAME, url)
