"""Attachments: every format gives its text, what cannot be read says why, scans are told from texts."""

import io
import zipfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import docx
import openpyxl
import pytest

from archive.errors import PayloadError
from archive.extraction import extract_payload, legacy
from archive.records import ExtractionRules
from tests.peers import system_program

FILES = Path(__file__).parent / "fixtures" / "attachments" / "files"
CAPTURED = datetime(2026, 11, 30, tzinfo=UTC)
OLD = {".doc": "antiword", ".rtf": "catdoc"}


def extracted(payload, *, ocr=False, captured=CAPTURED):
    """Read a payload as the archive does."""
    return extract_payload(
        payload,
        url="https://yhdistys.example/liite",
        content_type=None,
        captured=captured,
        rules=ExtractionRules(ocr=ocr),
    )


def read(name, **options):
    """Read a file of the fixtures."""
    return extracted((FILES / name).read_bytes(), **options)


@pytest.mark.parametrize("suffix", [".docx", ".pdf", ".odt", ".doc", ".rtf"])
def test_minutes_say_the_same_in_every_format(suffix):
    """The minutes hold each of their parts, in order, whatever program saved them."""
    if suffix in OLD:
        system_program(OLD[suffix])
    found = read(f"muistio{suffix}")
    parts = [
        "Kumppanuuspöydän muistio",
        "Paikka: Teams",
        "3. Hyvinvointialueen valmistelu",
        "klo 10.50.",
    ]
    places = [found.text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert found.title == "Kumppanuuspöydän muistio"


def test_columns_of_a_brochure_are_read_one_after_the_other():
    """A sentence that goes on in the next column is whole."""
    text = read("esite.pdf").text
    assert "Iltaisin" not in text
    assert "koollekutsuja kannattaa vaihtaa vuosittain, jotta pöytä ei muutu" in text


@pytest.mark.parametrize(
    "name", ["avustukset.docx", "laskelma.xlsx", "laskelma.ods", "laskelma.xls"]
)
def test_rows_of_a_table_are_lines(name):
    """A row of a table is one line, equal cells included, so that a search hit keeps its row."""
    if name.endswith("xls"):
        system_program("xls2csv")
    rows = read(name).text.split("\n")
    wanted = (
        "Omaistuki ry | Vertaisryhmät | 9000 | 9000"
        if name.endswith("docx")
        else "Kotka | 38 | 17 | 64200"
    )
    assert wanted in rows


@pytest.mark.parametrize("name", ["diat.pptx", "diat.pdf", "diat.odp", "diat.ppt"])
def test_slides_are_divided_by_form_feeds(name):
    """Each slide is a page of its own, so that a hit can name its number."""
    pages = read(name).text.split("\f")
    assert [page.split("\n")[0] for page in pages] == [
        "Järjestöt hyvinvointialueella",
        "Miksi yhteistyötä",
        "Mitä sovitaan",
    ]


def test_author_and_day_come_from_the_properties():
    """What the file says of itself is its author and its last change, marked as such."""
    found = read("muistio.odt")
    assert found.author == "Leena Lakeus"
    assert (found.modified.value, found.modified.source) == ("2021-03-09", "properties")
    assert found.published is None


@pytest.mark.parametrize("name", ["diat.ppt", "muistio.doc"])
def test_old_files_tell_title_author_and_day(name):
    """The properties of files of before 2007 are read, whatever their code page."""
    if name.endswith(".doc"):
        system_program(OLD[".doc"])
    found = read(name)
    wanted = (
        ("Järjestöt hyvinvointialueella", "Yhteisöjen keskusliitto")
        if name == "diat.ppt"
        else ("Kumppanuuspöydän muistio", "Leena Lakeus")
    )
    assert (found.title, found.author) == wanted
    assert (found.modified.value, found.modified.source) == ("2021-03-09", "properties")


@pytest.mark.parametrize("cut", [600, 3_000, 40_000, 200_000], ids=str)
def test_a_torn_presentation_is_an_issue_or_a_text(cut):
    """A file that was cut off anywhere raises PayloadError or gives what is left, never another error."""
    payload = (FILES / "diat.ppt").read_bytes()
    with suppress(PayloadError):
        extracted(payload[:cut])
    with suppress(PayloadError):
        extracted(payload[:cut] + b"\xff" * 8 + payload[cut + 8 :])


def test_day_of_the_template_is_no_date():
    """A Word file that nobody dated bears the day of its template, which says nothing."""
    document = docx.Document()
    document.add_paragraph("Hallituksen kokous pidetään toimistolla.")
    held = io.BytesIO()
    document.save(held)
    assert extracted(held.getvalue()).modified is None


def test_scan_is_recognised():
    """A PDF of pictures gives no text and says that it has no text layer."""
    found = read("skannattu.pdf")
    assert (found.text, found.warnings) == ("", ("no-text-layer",))


def test_scan_is_read_where_the_site_asks_for_it():
    """With ocr the words of a scanned page are found."""
    system_program("tesseract")
    assert "järjestöyhdyshenkilö on nimetty" in read("skannattu.pdf", ocr=True).text


def test_missing_tesseract_says_what_to_install(monkeypatch):
    """Where ocr is wanted and tesseract missing, the message names the packages."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(PayloadError, match="apt install tesseract-ocr"):
        read("skannattu.pdf", ocr=True)


def test_missing_antiword_says_what_to_install(monkeypatch):
    """Without antiword and catdoc an old Word file becomes an issue that says what to do."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(PayloadError, match="apt install antiword catdoc"):
        read("muistio.doc")


def test_installed_programs_are_part_of_the_signature(monkeypatch):
    """Files are read again when a program for them is installed, because the signature changes."""
    monkeypatch.setenv("PATH", "/nonexistent")
    assert legacy.tools() == ()


def test_slow_program_is_ended(monkeypatch, tmp_path):
    """A program that hangs costs its time limit and becomes an issue."""
    program = tmp_path / "catdoc"
    program.write_text("#!/bin/sh\nexec /bin/sleep 30\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(legacy, "SECONDS", 1)
    with pytest.raises(PayloadError, match="more than 1 seconds"):
        read("muistio.rtf")


def test_encrypted_office_file_says_so():
    """An office file behind a password is an OLE container with an encrypted package."""
    payload = b"\xd0\xcf\x11\xe0" + bytes(508) + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(PayloadError, match="encrypted with a password"):
        extracted(payload)


@pytest.mark.parametrize("name", ["muistio.odt", "diat.odp", "laskelma.xlsx"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_cut_off_office_file_raises_nothing_but_our_error(name, share):
    """A file cut off in transfer is told as broken, with its address."""
    payload = (FILES / name).read_bytes()
    with pytest.raises(PayloadError, match=r"yhdistys\.example/liite"):
        extracted(payload[: int(len(payload) * share)])


def test_entities_of_an_open_document_are_not_followed():
    """An OpenDocument file cannot make us read other files or blow up."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr(
            "content.xml", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
        )
    assert extracted(held.getvalue()).text == ""


def test_dates_and_whole_numbers_of_a_sheet_are_written_as_people_do():
    """A cell with a day is 9.3.2021, one with 3.0 is 3, and hidden sheets stay out."""
    book = openpyxl.Workbook()
    day = datetime(2021, 3, 9)  # noqa: DTZ001 - cells have no zone
    book.active.append([day, 3.0, 2.5])
    book.create_sheet("Piilo").append(["salaisuus"])
    book["Piilo"].sheet_state = "hidden"
    held = io.BytesIO()
    book.save(held)
    text = extracted(held.getvalue()).text
    assert "9.3.2021 | 3 | 2.5" in text
    assert "salaisuus" not in text
