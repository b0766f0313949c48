"""What a body is, by its first bytes."""

import io
import zipfile

import pytest

from archive.media import DOCX, HTML, JSON, ODT, PLAIN, XML, ZIP, detect_media_type


def zipped(**parts: bytes) -> bytes:
    """Return a zip file with these parts; two underscores are a slash."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return target.getvalue()


@pytest.mark.parametrize(
    ("payload", "declared", "kind"),
    [
        (b"<!DOCTYPE html><p>Hei", "application/octet-stream", HTML),
        (b"\xef\xbb\xbf  <html>", None, HTML),
        (b"Hei", "text/html", HTML),
        (b"Hei", "application/xhtml+xml; charset=utf-8", HTML),
        (b"Hei", "text/plain", PLAIN),
        (b"User-agent: *\nDisallow: /<p>", "text/plain", PLAIN),
        (b"body { color: red }", "text/css", "text/css"),
        (b"GIF89a<html>", "text/html", "image/gif"),
        (b"<?xml version='1.0'?><rss/>", "text/html", XML),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", "application/xml", HTML),
        (b"<urlset/>", None, XML),
        (b'{"id": 1}', "text/html", JSON),
        (b"[Tiedote] Kokous", "text/plain", PLAIN),
        (zipped(word__document_xml=b"<w/>"), "application/zip", DOCX),
        (zipped(mimetype=ODT.encode()), None, ODT),
        (zipped(muu=b"x"), None, ZIP),
        (b"PK\x03\x04 rikki", DOCX, DOCX),
        (b"", "text/html", None),
    ],
)
def test_the_first_bytes_decide(payload, declared, kind):
    """Marks in the bytes decide; the header where they are silent."""
    assert detect_media_type(payload, declared) == kind
