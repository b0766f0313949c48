"""Make record files byte by byte, of every kind and as wrong as programs make them, for tests of reading."""

import base64
import gzip
import hashlib
import io
import json
import sys
import zipfile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOMENT = "2020-03-01T12:00:00Z"


def sha1(data):
    """Return the WARC digest of some bytes."""
    return "sha1:" + base64.b32encode(hashlib.sha1(data).digest()).decode()


def http(body, *headers, status="200 OK", newline=b"\r\n", mime="text/html"):
    """Return an HTTP response."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {mime}", *headers]
    return newline.join(line.encode() for line in lines) + newline * 2 + body


def warc_record(
    block, url="https://kyt.fi/", *, kind="response", number=0, at=MOMENT, version="1.0",
    newline=b"\r\n", without=(), **changed,
):  # fmt: skip
    """Return one record; ``without`` leaves fields out, and other names change them."""
    fields = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012d}>",
        "WARC-Target-URI": url,
        "WARC-Date": at,
        "WARC-Block-Digest": sha1(block),
        "Content-Type": "application/http; msgtype=response"
        if kind == "response"
        else "text/plain",
        "Content-Length": str(len(block)),
    } | {name.replace("_", "-"): value for name, value in changed.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if name not in without and value]
    head = newline.join([f"WARC/{version}".encode(), *(line.encode() for line in lines)])
    return head + newline * 2 + block + newline * 2


def warcinfo(software="Kone/1.0"):
    """Return a description of a file."""
    block = f"software: {software}\r\nformat: WARC File Format 1.0\r\n".encode()
    return warc_record(
        block, "", kind="warcinfo", number=999, Content_Type="application/warc-fields"
    )


def arc_head(version=1):
    """Return the description at the beginning of an ARC file."""
    names = "URL IP-address Archive-date Content-type Archive-length"
    if version == 2:
        names = "URL IP-address Archive-date Content-type Result-code Checksum Location Offset Filename Archive-length"
    block = f"{version} 0 Kone\n{names}\n".encode()
    middle = "text/plain" if version == 1 else "text/plain 200 - - 0 vanha.arc"
    return (
        f"filedesc://vanha.arc 0.0.0.0 20050301120000 {middle} {len(block)}\n".encode()
        + block
        + b"\n"
    )


def arc_record(block, url="http://kyt.fi/", *, version=1, at="20050301120000", length=None):
    """Return one ARC record."""
    middle = "text/html" if version == 1 else "text/html 200 - - 77 vanha.arc"
    size = len(block) if length is None else length
    return f"{url} 10.0.0.1 {at} {middle} {size}\n".encode() + block + b"\n"


def wacz(content, name="archive/data.warc.gz", method=zipfile.ZIP_STORED, digest=None):
    """Return a WACZ with one file of records."""
    found = io.BytesIO()
    described = {
        "profile": "data-package",
        "resources": [
            {
                "name": "data.warc.gz",
                "path": name,
                "hash": digest or "sha256:" + hashlib.sha256(content).hexdigest(),
                "bytes": len(content),
            }
        ],
    }
    text = json.dumps(described).encode()
    with zipfile.ZipFile(found, "w") as package:
        package.writestr("pages/pages.jsonl", '{"format": "json-pages-1.0"}\n')
        package.writestr(name, content, compress_type=method)
        package.writestr("datapackage.json", text)
        own = {"path": "datapackage.json", "hash": "sha256:" + hashlib.sha256(text).hexdigest()}
        package.writestr("datapackage-digest.json", json.dumps(own))
    return found.getvalue()


def _members(records):
    return b"".join(gzip.compress(record, mtime=0) for record in records)


def _blocks(records):
    """Compress as bgzip does: members that end anywhere."""
    whole = b"".join(records)
    return b"".join(
        gzip.compress(whole[at : at + 5000], mtime=0) for at in range(0, len(whole), 5000)
    )


def _frames(records, dictionary=None):
    options = {zstd.CompressionParameter.checksum_flag: 1}
    return b"".join(
        zstd.compress(record, options=options, zstd_dict=dictionary) for record in records
    )


def _frames_with_dictionary(records, packed=False):
    raw = (
        b"Kumppanuuspoyta kokoontui <p> WARC-Target-URI: https://kyt.fi/ Content-Type: text/html"
        * 3
    )
    content = zstd.compress(raw) if packed else raw
    head = b"\x5d\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content
    return head + _frames(records, zstd.ZstdDict(raw, is_raw=True))


PACKINGS = {
    "plain": (".warc", b"".join),
    "gzip": (".warc.gz", _members),
    "gzip-whole": (".warc.gz", lambda records: gzip.compress(b"".join(records), mtime=0)),
    "gzip-blocks": (".warc.gz", _blocks),
    "zstd": (".warc.zst", _frames),
    "zstd-whole": (".warc.zst", lambda records: zstd.compress(b"".join(records))),
    "zstd-dictionary": (".warc.zst", _frames_with_dictionary),
    "zstd-packed-dictionary": (".warc.zst", lambda records: _frames_with_dictionary(records, True)),
    "wacz": (".wacz", lambda records: wacz(_members(records))),
    "wacz-plain": (".wacz", lambda records: wacz(b"".join(records), "archive/data.warc")),
    "wacz-zstd": (".wacz", lambda records: wacz(_frames(records), "archive/data.warc.zst")),
    "wacz-deflated": (
        ".wacz",
        lambda records: wacz(_members(records), method=zipfile.ZIP_DEFLATED),
    ),
    "wacz-whole": (".wacz", lambda records: wacz(gzip.compress(b"".join(records)))),
}
"""Every way to pack records into a file, and how such a file is named."""
