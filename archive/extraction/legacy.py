"""Read office files of before 2007 and RTF with the programs that Debian has for them, antiword and catdoc.

They are old C programs, so they run outside this process with little time and little memory;
where none is installed the file becomes an issue that says what to install.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from archive.errors import PayloadError

from .documents import Document, as_document

COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "Word": (
        ("antiword", "-w", "0", "-m", "UTF-8.txt"),
        ("catdoc", "-a", "-w", "-d", "utf-8"),
    ),
    "PowerPoint": (("catppt", "-d", "utf-8"),),
    "Excel": (("xls2csv", "-d", "utf-8", "-c", " | ", "-q", "0"),),
    "RTF": (("catdoc", "-w", "-d", "utf-8"),),
}
"""By kind the programs that read it, the best first."""
STREAMS = (
    ("WordDocument", "Word"),
    ("PowerPoint Document", "PowerPoint"),
    ("Workbook", "Excel"),
    ("EncryptedPackage", "encrypted"),
)
"""Names of streams inside the container, which stand in it in UTF-16, and what they tell."""
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
    kind = _kind(payload)
    if kind == "encrypted":
        raise PayloadError(
            f"{url}: it is encrypted with a password; it stays in WARC without a text"
        )
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
    return as_document([page for page in text.split("\f") if page.strip()])


def _kind(payload: bytes) -> str | None:
    if payload.startswith(b"{\\rtf"):
        return "RTF"
    return next((kind for name, kind in STREAMS if name.encode("utf-16-le") in payload), None)


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
