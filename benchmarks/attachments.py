"""Measure the text of attachments in the formats and layouts that NGOs use: two columns, tables, minutes, slides, sheets.

``python -m benchmarks.attachments`` prints a line a file and, as its last line, one JSON object.
The peer of the PDF files is pypdfium2 without our joining of lines; of the others there is none.
Formats that need a program which is not installed here (antiword, catdoc, tesseract) are told, and not counted.
"""

from __future__ import annotations

import json
import re
import shutil
import statistics
import sys
import tomllib
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdfium2

from archive.extraction import extract_payload
from archive.records import Extraction, ExtractionRules

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "fixtures" / "attachments"
FLOORS = {"shingle_f1": 0.99, "lowest": 0.96, "title": 1.0, "author": 1.0, "pages": 1.0}
"""What the figures may not fall below; they only rise."""
OCR_FLOOR = 0.75
NEEDS = {".doc": "antiword", ".rtf": "catdoc", ".xls": "xls2csv"}
WITHOUT_PROPERTIES = (".rtf",)
CAPTURED = datetime(2026, 11, 1, tzinfo=UTC)
SCAN = "skannattu.pdf"
WORD = re.compile(r"\w+")


def wanted_text(body: str) -> str:
    """Return the plain text of a body of contents.toml."""
    lines = (line.removeprefix("## ").removeprefix("| ") for line in body.strip().split("\n"))
    return "\n".join(lines)


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """Return the runs of four words, so that order counts too."""
    words = WORD.findall(text.lower())
    return Counter(tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)))


def f1(found: str, wanted: str) -> float:
    """Return the F1 of the runs of four words of two texts."""
    left, right = shingles(found), shingles(wanted)
    return float(2 * (left & right).total() / (left.total() + right.total()))


def read(file: Path, *, ocr: bool = False) -> Extraction:
    """Read a file as the archive does."""
    return extract_payload(
        file.read_bytes(),
        url=f"https://liite.example/{file.name}",
        content_type=None,
        captured=CAPTURED,
        rules=ExtractionRules(ocr=ocr),
    )


def plain_pdf(file: Path) -> str:
    """Return the text of a PDF file as pypdfium2 gives it."""
    with pypdfium2.PdfDocument(file) as pdf:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)


def measure(contents: dict[str, dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Return a row for each file that can be read here, and the names of those that cannot."""
    rows, missing = [], []
    for file in sorted((FOLDER / "files").iterdir()):
        tool = NEEDS.get(file.suffix)
        if tool and not shutil.which(tool):
            missing.append(file.name)
        elif file.name != SCAN:
            rows.append(_row(file, contents[file.stem]))
    return rows, missing


def _row(file: Path, facts: dict[str, Any]) -> dict[str, Any]:
    found = read(file)
    head = "" if facts["layout"] in ("slides", "sheet") else facts["title"] + "\n"
    wanted = head + wanted_text(facts["body"])
    bare = file.suffix in WITHOUT_PROPERTIES
    slides = facts["body"].strip().count("## ") if facts["layout"] == "slides" else None
    return {
        "file": file.name,
        "f1": f1(found.text, wanted),
        "peer": f1(plain_pdf(file), wanted) if file.suffix == ".pdf" else None,
        "title": found.title == facts["title"],
        "author": None if bare else found.author == facts["author"],
        "pages": None if slides is None or bare else found.text.count("\f") + 1 == slides,
    }


def scan_score(contents: dict[str, dict[str, Any]]) -> float | None:
    """Return how well the scanned minutes are read, or ``None`` where tesseract is not installed."""
    if not shutil.which("tesseract"):
        return None
    facts = contents["muistio"]
    found = read(FOLDER / "files" / SCAN, ocr=True)
    return f1(found.text, f"{facts['title']}\n{wanted_text(facts['body'])}")


def mean_of(rows: list[dict[str, Any]], name: str) -> float:
    """Return the mean of a figure over the rows that have it."""
    return round(float(statistics.mean(row[name] for row in rows if row[name] is not None)), 4)


def main() -> int:
    """Print the figures and tell whether they hold."""
    source = tomllib.loads((FOLDER / "contents.toml").read_text(encoding="utf-8"))
    contents = {facts["id"]: facts for facts in source["file"]}
    rows, missing = measure(contents)
    for row in rows:
        peer = "" if row["peer"] is None else f"plain {row['peer']:.3f}"
        print(f"{row['file']:<18}{row['f1']:.3f}  {peer:<12} title {row['title']}")
    silent = "no-text-layer" in read(FOLDER / "files" / SCAN).warnings
    scan = scan_score(contents)
    print(f"scan: recognised {silent}, read by tesseract {scan}; not installed for: {missing}")
    figures: dict[str, float | None] = {
        "shingle_f1": mean_of(rows, "f1"),
        "lowest": round(min(r["f1"] for r in rows), 4),
    }
    figures |= {name: mean_of(rows, name) for name in ("title", "author", "pages")}
    ok = all((figures[name] or 0) >= floor for name, floor in FLOORS.items()) and silent
    ok = ok and (scan is None or scan >= OCR_FLOOR)
    figures |= {"files": len(rows), "ocr_f1": round(scan, 4) if scan is not None else None}
    plain = {"pdf_f1": mean_of(rows, "peer")}
    floors = FLOORS | {"ocr_f1": OCR_FLOOR}
    print(json.dumps({"name": "attachments", "ok": ok, "figures": figures, "peer": plain, "floors": floors}))  # fmt: skip
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
