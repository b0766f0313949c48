"""Read scanned pages with tesseract, where a site asks for it and the program is installed."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator

import pypdfium2

from archive.errors import PayloadError

LANGUAGES = "fin+swe"
SCALE = 300 / 72
"""300 dots an inch, what tesseract was trained on."""
MOST_PICTURES = 30
"""Pages of one file that are read; a page takes some seconds."""
SECONDS = 60
"""Time for one page."""
WIDEST = 6_000
"""Points of a page side at that scale; a hostile page may claim to be a kilometre wide."""


def read_pictures(pdf: pypdfium2.PdfDocument, url: str) -> Iterator[str]:
    """Yield the text of each page of a scanned file.

    Raises:
        PayloadError: tesseract or its languages are not installed, or it failed.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise PayloadError(
            f"PDF {url}: it has no text layer and tesseract is not installed: "
            "`apt install tesseract-ocr tesseract-ocr-fin tesseract-ocr-swe`"
        )
    for index in range(min(len(pdf), MOST_PICTURES)):
        yield _read(program, _picture(pdf[index]), url)


def _picture(page: pypdfium2.PdfPage) -> bytes:
    scale = min(SCALE, WIDEST / max(1.0, *page.get_size()))
    held = io.BytesIO()
    page.render(scale=scale, grayscale=True).to_pil().save(held, "PNG")
    return held.getvalue()


def _read(program: str, picture: bytes, url: str) -> str:
    command = [program, "stdin", "stdout", "-l", LANGUAGES]
    try:
        run = subprocess.run(  # noqa: S603 - our own arguments, the picture through a pipe
            command, input=picture, capture_output=True, timeout=SECONDS, check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        said = (getattr(error, "stderr", None) or b"").decode("utf-8", "replace").strip()
        raise PayloadError(
            f"PDF {url}: tesseract could not read a page ({said.splitlines()[-1] if said else error}); "
            "are tesseract-ocr-fin and tesseract-ocr-swe installed?"
        ) from error
    return run.stdout.decode("utf-8", "replace").replace("\f", "")
