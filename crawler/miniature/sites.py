"""Answer every address of one miniature site, as it stood at one of its moments.

``miniature.toml`` beside the pages says what the CMS adds to them: menu, lists, feeds, sitemaps,
robots.txt, redirects and the manners of its server.
"""

from __future__ import annotations

import gzip
import mimetypes
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

from jinja2 import Environment
from markupsafe import Markup

from crawler.miniature.pages import STATES, Page, encoded, newest_first, read_page

Address = tuple[str, frozenset[tuple[str, str]]]
"""A path without its escapes, and those query parameters that the CMS knows."""

_HTML = "text/html"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says about one address."""

    status: int
    type: str | None
    body: bytes = b""
    location: str | None = None
    changed: datetime | None = None


class MiniatureSite:
    """One site folder: its facts, its pages and what each address answers."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        """Read the folder; a broken fragment raises at once, not when it is asked for."""
        self.folder = folder
        self.id = folder.name
        self.facts: dict[str, Any] = tomllib.loads(
            (folder / "miniature.toml").read_text(encoding="utf-8")
        )
        self.origin: str = self.facts["origin"]
        self.hosts: tuple[str, ...] = tuple(self.facts["hosts"])
        self.address: str = self.facts["address"]
        self.pages = [_read(file) for file in sorted((folder / "pages").glob("*.html"))]
        self._environment = environment
        self._answers = lru_cache(maxsize=len(STATES))(self._build)

    def answer(self, scheme: str, host: str, target: str, state: int) -> Answer:
        """Return what the site answers to a request target at one of its moments."""
        if f"{scheme}://{host}" != self.origin:
            return Answer(301, None, location=self.origin + target)
        path, query = self.locate(target)
        answers = self._answers(state)
        if found := answers.get((path, query)):
            return found
        if (path + "/", query) in answers:
            return Answer(301, None, location=self.origin + path + "/")
        if calendar := self._month(path, dict(query)):
            return calendar
        return self._missing(state)

    def locate(self, target: str) -> Address:
        """Return the address that a request target means; unknown parameters mean nothing."""
        path, _, query = target.partition("#")[0].partition("?")
        known = self.facts.get("parameters", [])
        pairs = parse_qsl(query, keep_blank_values=True)
        return unquote(path), frozenset((key, value) for key, value in pairs if key in known)

    def pages_at(self, state: int) -> list[Page]:
        """Return the pages that stand on the site at a moment, lists without their items."""
        return [page for page in self.pages if state in page.states]

    def all_pages(self, state: int) -> Iterator[Page]:
        """Yield every HTML page at a moment: the written ones and the pages of every list."""
        pages = self.pages_at(state)
        for page in pages:
            if items := page.more.get("shows"):
                shown = _members(pages, items)[:5]
                yield replace(
                    page, modified=_newest([page, *shown]), more={**page.more, "items": shown}
                )
            else:
                yield page
        for facts in self.facts.get("lists", []):
            yield from _list_pages(facts, _members(pages, facts["of"]))

    def _build(self, state: int) -> dict[Address, Answer]:
        answers: dict[Address, Answer] = {}
        for path, answer in self._everything(state):
            answers[self.locate(path)] = answer
        return answers

    def _everything(self, state: int) -> Iterator[tuple[str, Answer]]:
        for page in self.all_pages(state):
            answer = self._rendered(page, state)
            yield from ((path, answer) for path in (page.path, *page.aliases))
            if shortlink := self.facts.get("shortlink"):
                short = shortlink.format(number=page.number)
                yield short, Answer(301, None, location=self.origin + page.path)
        for old, new in self.facts.get("redirects", {}).items():
            location = new if "://" in new else self.origin + new
            yield old, Answer(301, None, location=location)
        for file in sorted((self.folder / "files").rglob("*.*")):
            yield "/" + file.relative_to(self.folder / "files").as_posix(), _file(file)
        yield from self._machine_readable(state)
        if robots := self.facts.get("robots"):
            yield "/robots.txt", Answer(200, "text/plain", robots.encode())

    def _machine_readable(self, state: int) -> Iterator[tuple[str, Answer]]:
        pages = [page for page in self.pages_at(state) if page.in_sitemap]
        for feed in self.facts.get("feeds", []):
            items = _members(self.pages_at(state), feed["of"])[: feed.get("limit", 10)]
            kind = "atom" if feed["kind"] == "atom" else "rss"
            text = self._render(f"_feeds/{kind}.xml", feed=feed, items=items)
            yield feed["path"], Answer(200, f"application/{kind}+xml", text.encode())
        for sitemap in self.facts.get("sitemaps", []):
            of = [page for page in pages if page.type in sitemap.get("types", [page.type])]
            text = self._render("_feeds/sitemap.xml", sitemap=sitemap, pages=of)
            yield sitemap["path"], _sitemap(sitemap["path"], text)
        if self.facts.get("rest"):
            for page in pages:
                text = self._render("_feeds/post.json", page=page)
                path = f"/wp-json/wp/v2/{_rest_kind(page)}/{page.number}"
                yield path, Answer(200, "application/json", text.encode())

    def _rendered(self, page: Page, state: int) -> Answer:
        name = f"{page.more.get('cms', self.facts['cms'])}/{page.template or page.type}.html"
        others = [other for other in self.pages_at(state) if other.path != page.path]
        html = self._render(name, page=page, recent=_members(others, "")[:4])
        charset = f"; charset={page.header_charset}" if page.header_charset else ""
        return Answer(200, _HTML + charset, encoded(html, page), changed=page.changed)

    def _render(self, name: str, **values: Any) -> str:
        return self._environment.get_template(name).render(
            site=self.facts, rest_kind=_rest_kind, **values
        )

    def _missing(self, state: int) -> Answer:
        title = self.facts.get("missing_title", "Sivua ei löytynyt")
        page = Page(path="/404", title=title, type="error", template="missing")
        return replace(self._rendered(page, state), status=self.facts.get("missing_status", 404))

    def _month(self, path: str, query: dict[str, str]) -> Answer | None:
        """Answer any month of the event calendar, for ever in both directions."""
        calendar = self.facts.get("calendar")
        if not calendar or path != calendar["path"]:
            return None
        asked = re.fullmatch(r"(\d{4})-(\d\d)", query.get(calendar["parameter"], ""))
        if not asked or not 1 <= int(asked[2]) <= 12:
            return None
        months = int(asked[1]) * 12 + int(asked[2]) - 1
        around = [f"{at // 12:04}-{at % 12 + 1:02}" for at in (months - 1, months + 1)]
        page = Page(
            path=path,
            title=f"Tapahtumat {asked[2]}/{asked[1]}",
            template="calendar",
            type="listing",
            body=Markup("<p>Ei tapahtumia tässä kuussa.</p>"),
            more={"previous": around[0], "next": around[1]},
        )
        return self._rendered(page, 1)


def _read(file: Path) -> Page:
    try:
        return read_page(file)
    except (TypeError, ValueError) as error:
        error.add_note(f"in {file}: see the fields of Page in crawler/miniature/pages.py")
        raise


def _members(pages: list[Page], of: str) -> list[Page]:
    """Return the pages of a list, newest first; the list without a name holds every dated page."""
    return newest_first([p for p in pages if (of in p.lists if of else p.published and p.lists)])


def _newest(pages: list[Page]) -> datetime | None:
    return max((page.changed for page in pages if page.changed), default=None)


def _list_pages(facts: dict[str, Any], items: list[Page]) -> Iterator[Page]:
    size = facts.get("per_page", 10)
    count = max(1, -(-len(items) // size))
    paths = [facts["path"]]
    paths += [facts["paging"].format(n=n + 1, n0=n, start=n * size) for n in range(1, count)]
    for n, path in enumerate(paths):
        shown = items[n * size : (n + 1) * size]
        yield Page(
            path=path,
            title=facts["title"],
            type="listing",
            template=facts.get("template", "list"),
            language=facts.get("language", "fi"),
            body=Markup(facts.get("body", "")),  # noqa: S704  (files of this project)
            modified=_newest(shown),
            translations=facts.get("translations", {}),
            more={"items": shown, "number": n + 1, "paths": paths, **facts.get("more", {})},
        )


def _file(file: Path) -> Answer:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    return Answer(200, kind, file.read_bytes())


def _sitemap(path: str, text: str) -> Answer:
    if path.endswith(".gz"):
        return Answer(200, "application/x-gzip", gzip.compress(text.encode(), mtime=0))
    return Answer(200, "application/xml; charset=UTF-8", text.encode())


def _rest_kind(page: Page) -> str:
    return "posts" if page.type in ("article", "event") else "pages"
