"""Rules of extraction.toml and of site files: what they find, which goes before which, and that the row names them."""

import json
import shutil
from datetime import UTC, datetime

import pytest

from archive.errors import ConfigError
from archive.extraction import extract_payload
from archive.ingest import ingest
from archive.registry import general_rules, load_registry
from archive.schema import open_archive
from archive.versions import extract
from tests.registries import CONFIG, KYT, small_registry
from tests.test_ingest import one
from tests.warcs import WarcMaker

RULES = general_rules(CONFIG)
PROSE = (
    "Maakunnan järjestöt ja kunnat sopivat yhteisen pöydän tavoitteista ja seuraavista askelista. "
)


def read(body, head="", rules=RULES):
    """Extract a page of one article."""
    page = f"<html lang='fi'><head><title>Pöytä</title>{head}</head><body><main><h1>Pöytä</h1>{body}<p>{PROSE * 8}</p></main></body></html>"
    return extract_payload(
        page.encode(),
        url="https://kyt.fi/poyta",
        content_type="text/html; charset=utf-8",
        captured=datetime(2024, 1, 1, tzinfo=UTC),
        rules=rules,
    )


JOOMLA = "<meta name='generator' content='Joomla! - Open Source Content Management'>"
FIELD = "<dd class='published'>26.3.2019</dd>"


def test_a_content_system_keeps_its_date_where_config_says():
    """The mark of the system makes its rules hold; without it the page is read by the general ones."""
    found = read(f"<dl>{FIELD}</dl>", JOOMLA)
    assert (found.published.value, found.published.source) == ("2019-03-26", "cms-rule")
    assert "cms:joomla" in found.rules
    plain = read(f"<dl>{FIELD}</dl>")
    assert plain.published is None or plain.published.source != "cms-rule"
    assert not any(rule.startswith("cms:") for rule in plain.rules)


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("Bookmark the permalink.", "residue:wordpress"),
        ("Sisältöjulkaisija", "residue:liferay"),
        ("icon/chevron-down Created with Sketch.", "residue:innokyla"),
        ("Jaa Facebookissa", "residue:share"),
        ("Julkaistu 3.3.2020", "residue:stamp"),
    ],
)
def test_lines_of_residue_go_and_their_rule_is_named(line, rule):
    """Each line is left out of the text, and the row can tell by which rule."""
    found = read(f"<p>{PROSE * 4}</p><p>{line}</p>")
    assert line not in found.text
    assert rule in found.rules


def test_clutter_is_named_by_the_system_whose_class_it_has():
    """A share box of WordPress goes, on whatever page it stands."""
    found = read("<div class='sharedaddy'>Jaa tämä kaikille ystäville</div>")
    assert "ystäville" not in found.text
    assert "clutter:wordpress" in found.rules


def test_every_reading_names_how_text_title_and_type_were_found():
    """The three that every page has are always there."""
    kinds = {rule.partition(":")[0] for rule in read("").rules}
    assert {"text", "title", "type", "bytes"} <= kinds


@pytest.mark.parametrize(
    ("address", "kind", "rule"),
    [
        ("/ktwebscr/pk_asil.htm?id=5701", "article", "type:ktweb"),
        ("/D10/DREQUEST.PHP?page=meetingitem&id=2020-7", "article", "type:dynasty"),
        ("/?wysija-page=1&controller=email&action=view&email_id=61", "article", "type:mailpoet"),
    ],
)
def test_addresses_of_decisions_and_newsletters(address, kind, rule):
    """They are articles though no day stands on them: the system gives such addresses to nothing else."""
    page = f"<html><head><title>Päätös</title></head><body><h1>Päätös</h1><p>{PROSE * 4}</p></body></html>"
    found = extract_payload(page.encode(), url=f"https://kyt.fi{address}", content_type="text/html; charset=utf-8", captured=datetime(2024, 1, 1, tzinfo=UTC), rules=RULES)  # fmt: skip
    assert (found.page_type, found.published) == (kind, None)
    assert rule in found.rules


SITE = (
    KYT
    + """
[extraction]
residue = ['lue koko lehti .*']
title_xpath = "//h2"
date_xpath = "//b"
"""
)


def test_a_site_goes_before_its_system_and_the_row_names_both(tmp_path):
    """The site's own date wins over the system's; versions.rules holds the names."""
    registry = small_registry(tmp_path / "config", kyt=SITE)
    warc = WarcMaker(tmp_path / "data" / "warc" / "JA-1.warc.gz")
    body = f"<html><head><title>x</title>{JOOMLA}</head><body><main><h2>Oma otsikko</h2>{FIELD}<b>1.2.2018</b><p>{PROSE * 8}</p><p>Lue koko lehti täältä</p></main></body></html>"
    warc.response("https://kyt.fi/poyta", body.encode())
    warc.close()
    db = open_archive(tmp_path / "data" / "archive.db")
    ingest(db, registry, tmp_path / "data")
    extract(db, registry, tmp_path / "data", processes=1)
    row = one(db, "SELECT title, published, published_source, rules, text FROM versions JOIN version_text ON version = id")  # fmt: skip
    db.close()
    assert (row["title"], row["published"], row["published_source"]) == ("Oma otsikko", "2018-02-01", "site-rule")  # fmt: skip
    assert "täältä" not in row["text"]
    assert {"cms:joomla", "residue:site", "title:xpath"} <= set(json.loads(row["rules"]))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[residue]\nx = "("', "extraction.toml: residue.x: not a regular expression"),
        ('[residue]\nx = ".*"', "matches an empty text"),
        ('[cms.x]\nmrak = "//x"', 'cms.x.mrak: unknown key; did you mean "mark"?'),
        ('[cms.x]\nmark = "//["', "cms.x.mark: not an XPath expression"),
        ("[rasidue]", 'unknown key; did you mean "residue"?'),
    ],
    ids=["regex", "empty", "misspelt", "xpath", "table"],
)
def test_a_wrong_rule_is_told_with_its_place(tmp_path, text, problem):
    """The file, the key and the remedy."""
    small_registry(tmp_path)
    (tmp_path / "extraction.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        load_registry(tmp_path)
    assert problem in str(error.value)


def test_without_the_file_the_packaged_rules_hold(tmp_path):
    """A config directory of before needs no copy."""
    small_registry(tmp_path)
    assert load_registry(tmp_path).rules_for("kyt") == RULES
    shutil.copy(CONFIG / "extraction.toml", tmp_path)
    assert load_registry(tmp_path).rules_for("kyt") == RULES
