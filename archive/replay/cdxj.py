"""Write the lines of a CDXJ index, as Wayback machines and WACZ files hold them.

Fields and their order are those of pywb's indexer.
"""

from __future__ import annotations

import json
from datetime import datetime


def index_line(
    *,
    key: str,
    url: str,
    at: datetime,
    revisit: bool,
    mime: str | None,
    status: int | None,
    digest: str | None,
    offset: int,
    length: int,
    file: str,
) -> str:
    """Return the line of one capture, without its line end.

    Args:
        key: the SURT of the address.
        url: the address asked for.
        at: the moment of the response, UTC.
        revisit: whether it is a revisit record.
        mime: the declared media type.
        status: the HTTP status.
        digest: the payload digest, with its ``sha1:``.
        offset: where the record begins in the file.
        length: its bytes in the file.
        file: the name of the file.

    >>> index_line(key="fi,kyt)/", url="https://kyt.fi/", at=datetime(2020, 2, 18), revisit=False, mime=None,
    ...     status=200, digest="sha1:3I42", offset=0, length=9, file="a.warc.gz")
    'fi,kyt)/ 20200218000000 {"url": "https://kyt.fi/", "mime": "unk", "status": "200", "digest": "3I42", "length": "9", "offset": "0", "filename": "a.warc.gz"}'
    """
    fields = {
        "url": url,
        "mime": "warc/revisit" if revisit else mime or "unk",
        "status": None if revisit or status is None else str(status),
        "digest": digest.removeprefix("sha1:") if digest else None,
        "length": str(length),
        "offset": str(offset),
        "filename": file,
    }
    told = {name: value for name, value in fields.items() if value is not None}
    return f"{key} {at:%Y%m%d%H%M%S} {json.dumps(told)}"
