"""Read office files of before 2007 and RTF: slides ourselves, texts and sheets with what Debian has, antiword and catdoc.

Those are old C programs, so they run outside this process with little time and little memory;
where none is installed the file becomes an issue that says what to install.
"""

from __future__ import annotations

import io
import resource
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import olefile

from archive.errors import PayloadError

from .documents import FAULTS, Document, as_document, broken
from .powerpoint import STREAM, slide_texts

CELL = "\t"
"""What divides the cells of a sheet; the program takes one character only."""
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Word": (
        ("antiword", "-w", "0", "-m", "UTF-8.txt"),
        ("catdoc", "-a", "-w", "-d", "utf-8"),
    ),
    "Excel": (("xls2csv", "-d", "utf-8", "-c", CELL, "-q", "0"),),
    "RTF": (("catdoc", "-w", "-d", "utf-8"),),
}
"""By kind the programs that read it, the best first."""
STREAMS = (
    ("WordDocument", "Word"),
    (STREAM, "PowerPoint"),
    ("Workbook", "Excel"),
    ("Book", "Excel"),
)
"""Streams at the root of the container, and what they tell; deeper ones are of files that are set into this one."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
"""The stream of a newer file behind a password."""
WESTERN, UTF8 = 1252, 65001
"""Code pages of the properties."""
SECONDS = 20
MOST_MEMORY = 512 * 1024 * 1024
MOST_OUTPUT = 50_000_000


def tools() -> tuple[str, ...]:
    """Return the names of the programs that are installed."""
    names = sorted({command[0] for commands in COMMANDS.values() for command in commands})
    return tuple(name for name in names if shutil.which(name))


def read_old_office(payload: bytes, url: str) -> Document:
    """Return the text of a .doc, .ppt, .xls or .rtf file.

    Raises:
        PayloadError: no program for it is installed, it is encrypted or broken, or it took too long.
    """
    if payload.startswith(b"{\\rtf"):
        return as_document(_by_program("RTF", payload, url))
    if ENCRYPTED in payload:
        raise PayloadError(
            f"{url}: it is encrypted with a password; it stays in WARC without a text"
        )
    try:
        with olefile.OleFileIO(io.BytesIO(payload)) as container:
            kind = next((kind for name, kind in STREAMS if container.exists(name)), None)
            slides = (
                slide_texts(container.openstream(STREAM).read()) if kind == "PowerPoint" else None
            )
            title, author, changed = _properties(container)
    except FAULTS as error:
        raise PayloadError(broken("old office file", url, error)) from error
    pages = _by_program(kind, payload, url) if slides is None else slides
    return as_document(pages, title, author, changed=changed)


def _properties(container: olefile.OleFileIO) -> tuple[str | None, str | None, datetime | None]:
    """Return title, author and the moment of the last change; a file that lost them still has its text."""
    try:
        said = container.get_metadata()
    except FAULTS:
        return None, None, None
    saved = said.last_saved_time
    changed = saved.replace(tzinfo=UTC) if isinstance(saved, datetime) else None
    return _words(said.title, said.codepage), _words(said.author, said.codepage), changed


def _words(value: bytes | None, codepage: int | None) -> str | None:
    """Return a property as text; its code page is stored as a signed number."""
    number = (codepage or WESTERN) & 0xFFFF
    charset = "utf-8" if number == UTF8 else f"cp{number}"
    try:
        return value.decode(charset, "replace").strip("\0") if value else None
    except LookupError:
        return None


def _by_program(kind: str | None, payload: bytes, url: str) -> list[str]:
    """Return the pages or sheets that the first program gives that can read the file."""
    if kind is None:
        raise PayloadError(f"{url}: an OLE container without a text that we know; it stays in WARC")
    commands = [command for command in COMMANDS[kind] if shutil.which(command[0])]
    if not commands:
        raise PayloadError(
            f"{url}: to read old {kind} files, install {COMMANDS[kind][0][0]} "
            "(`apt install antiword catdoc`), then run `arkisto extract` again"
        )
    texts = (_run(command, payload, url) for command in commands)
    text = next((text for text in texts if text.strip()), "")
    pages = text.replace(CELL, " | ") if kind == "Excel" else text
    return [page for page in pages.split("\f") if page.strip()]


def _run(command: tuple[str, ...], payload: bytes, url: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "file"
        file.write_bytes(payload)
        try:
            run = subprocess.run(  # noqa: S603 - our own arguments; the file is ours to name
                [*command, str(file)],
                capture_output=True,
                timeout=SECONDS,
                preexec_fn=_limit,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PayloadError(
                f"{url}: {command[0]} took more than {SECONDS} seconds; the file stays in WARC"
            ) from error
    return run.stdout[:MOST_OUTPUT].decode("utf-8", "replace").replace("\ufffd", "")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
