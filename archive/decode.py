"""Turn the bytes of a page into text, and say by which character set and on what evidence.

Order: byte order mark, bytes that can only be UTF-8, what HTTP declared, what the page declares, a detector.
A declaration that the bytes contradict is not followed; text that was encoded twice is mended and marked.
"""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from charset_normalizer import from_bytes

BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
LABELS = {
    "iso-8859-1": "windows-1252",
    "iso8859-1": "windows-1252",
    "iso_8859-1": "windows-1252",
    "latin-1": "windows-1252",
    "latin1": "windows-1252",
    "l1": "windows-1252",
    "us-ascii": "windows-1252",
    "ascii": "windows-1252",
    "ansi": "windows-1252",
    "cp1252": "windows-1252",
    "x-cp1252": "windows-1252",
    "iso-8859-9": "windows-1254",
    "gb2312": "gbk",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "utf8": "utf-8",
    "unicode": "utf-8",
}
"""Names that mean another set than they say (WHATWG Encoding, section 4.2); Python knows the rest."""
KNOWN = re.compile(
    r"utf-8|utf-16(-?[lb]e)?|iso-8859-\d{1,2}|windows-(125\d|874)|cp125\d|koi8-[ru]|mac-roman|cp8(50|66)|ibm866"
    r"|gbk|gb18030|big5|euc-(jp|kr)|shift_jis|iso-2022-jp"
)
"""The sets that a page may declare; Python also has codecs that are no character sets."""
PRESCAN_BYTES = 4096
"""How far a page may declare its set; browsers stop at 1,024, but old templates declare after their styles."""
META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w:.-]{2,40})", re.IGNORECASE)
XML_DECLARATION = re.compile(
    rb"^\s*<\?xml[^>]{0,100}encoding\s*=\s*[\"']([\w.:-]{2,40})", re.IGNORECASE
)
DETECTOR_BYTES = 20_000
DETECTABLE = [
    *("cp1250", "cp1251", "cp1252", "cp1257", "iso8859_2", "iso8859_5", "koi8_r"),
    *("mac_roman", "cp850", "cp866"),
]
"""The sets that pages of Finland, its neighbours and their old machines were written in."""

CYRILLIC = "\u0400-\u04ff"
EXPECTED = re.compile(f"[äöåÄÖÅéÉèüÜõÕšŠžŽáíóæøÆØß–—…•°§«»‘’‚“”„€£´·½\xa0\xad{CYRILLIC}]")
ODD = re.compile(
    f"[a-z][{CYRILLIC}]|[{CYRILLIC}][a-z]|[a-zäö][ÄÖÅŠŽÕÜÀ-ÖØ-Þ](?=[a-zäö])|[a-zäö][‚„†”“•…°§€](?=[a-zäö])"
)
"""Scripts or letter cases mixed inside a word, signs inside a word: the marks of a wrong reading."""
CARON = re.compile("[šŠ]")
"""Where ä and ö stand in the set of old Macintoshes, windows-1252 has š and Š: rare letters in all five languages."""

MOJIBAKE = re.compile("Ã[¤¶¥„–…©¨¼½µ\x84\x85\x96]|â€[™œ\x9d“”\x93\x94]|Â[\xa0°»«§´]")
TWICE_ENCODED = re.compile(
    "[\u00c2-\u00f4][\u0080-\u00ff\u0152-\u0192\u02c6-\u02dc\u2013-\u2122]{1,3}"
)
MOJIBAKE_FLOOR = 2
"""One mark may be a page that talks about wrong characters; two are a page that has them."""

DROPPED = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff"
    r"\ud800-\udfff]|(?<=[^\W\d_])\u200d(?=[^\W\d_])"
)
SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A text and how its bytes were read."""

    text: str
    charset: str
    """The name of the set by the WHATWG labels, such as ``windows-1252``."""
    evidence: str
    """What decided: ``bom``, ``bytes``, ``http``, ``html``, ``detector`` or ``fallback``."""
    repaired: bool
    """True where damaged bytes or twice encoded letters were mended."""


def decode_html(payload: bytes, declared: str | None) -> Decoded:
    """Decode the bytes of a page; any bytes give a text, none raise.

    Args:
        payload: the entity body, content coding removed.
        declared: the charset parameter of the Content-Type header.

    >>> decode_html("Järjestöpäivä".encode("latin-1"), "utf-8").text
    'Järjestöpäivä'
    >>> decode_html("JÃ¤rjestÃ¶pÃ¤ivÃ¤".encode(), None)
    Decoded(text='Järjestöpäivä', charset='utf-8', evidence='bytes', repaired=True)
    """
    text, charset, evidence, damaged = _read(payload, declared)
    mended = repair_mojibake(text)
    return Decoded(
        text=clean_text(mended),
        charset=charset,
        evidence=evidence,
        repaired=damaged or mended != text,
    )


def clean_text(text: str) -> str:
    r"""Return the text in NFC, without control characters, soft hyphens and zero-width signs; odd spaces become plain.

    Signs that turn the direction of writing go too. Zero-width joiners stay, except inside words: emoji are made with them.

    >>> clean_text("jär\u00adjestö\u00a0ry\x00")
    'järjestö ry'
    """
    return SPACES.sub(" ", DROPPED.sub("", unicodedata.normalize("NFC", text)))


def _read(payload: bytes, declared: str | None) -> tuple[str, str, str, bool]:
    for mark, charset in BOMS:
        if payload.startswith(mark):
            text = payload[len(mark) :].decode(charset, "replace")
            return text, charset, "bom", "\ufffd" in text
    if (wide := _bare_utf16(payload)) is not None:
        return payload.decode(wide, "replace"), wide, "bytes", False
    stated = [("http", declared), ("html", _declared_inside(payload))]
    if payload.isascii():
        return payload.decode("ascii"), "utf-8", "bytes", False
    try:
        return payload.decode("utf-8"), "utf-8", "bytes", False
    except UnicodeDecodeError:
        return _read_not_utf8(payload, stated)


def _bare_utf16(payload: bytes) -> str | None:
    head = payload[:400]
    if len(head) < 8 or head.count(0) * 5 < len(head) * 2:
        return None
    return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"


def _declared_inside(payload: bytes) -> str | None:
    head = payload[:PRESCAN_BYTES]
    found = META.search(head) or XML_DECLARATION.match(head)
    return found[1].decode("ascii", "replace") if found else None


def canonical_charset(name: str) -> str | None:
    """Return the set that a declared name means, or ``None`` for a name that nobody knows.

    >>> canonical_charset(" ISO-8859-1 "), canonical_charset("suomi")
    ('windows-1252', None)
    """
    label = name.strip().strip("\"'").lower()
    label = LABELS.get(label, label)
    if not KNOWN.fullmatch(label):
        return None
    try:
        codecs.lookup(label)
    except LookupError:
        return None
    return label


def _read_not_utf8(
    payload: bytes, stated: list[tuple[str, str | None]]
) -> tuple[str, str, str, bool]:
    mended = _decode(payload, "utf-8")
    wrong = payload.decode("utf-8", "replace").count("\ufffd")
    if wrong <= 1 or sum(not char.isascii() for char in mended) > 4 * wrong:
        return mended, "utf-8", "bytes", True
    for source, name in stated:
        charset = canonical_charset(name) if name else None
        if charset and charset != "utf-8" and not charset.startswith("utf-16"):
            text = _decode(payload, charset)
            if "\ufffd" not in text and is_plausible(text):
                return text, charset, source, False
    text = _decode(payload, "windows-1252")
    if is_plausible(text):
        return text, "windows-1252", "fallback", False
    return _detect(payload, text)


def _decode(payload: bytes, charset: str) -> str:
    return payload.decode(charset, "jarjestoarkisto.byte")


def _single_byte(error: UnicodeError) -> tuple[str, int]:
    """Read the bytes that a set does not know by windows-1252, as browsers do for that set."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    raw = error.object[error.start : error.end]
    cut_off = error.encoding == "utf-8" and error.reason == "unexpected end of data"
    return "" if cut_off else raw.decode("cp1252", "ignore"), error.end


codecs.register_error("jarjestoarkisto.byte", _single_byte)


def is_plausible(text: str) -> bool:
    """Tell whether a reading looks like Finnish, Swedish, English, Estonian or Russian.

    >>> is_plausible("Järjestöpäivä"), is_plausible("Jдrjestцpдivд"), is_plausible("JŠrjestšpŠivŠ")
    (True, False, False)
    """
    foreign = sum(not char.isascii() for char in text)
    if len(CARON.findall(text)) > max(2, foreign // 2):
        return False
    return foreign <= 2 * len(EXPECTED.findall(text)) and len(ODD.findall(text)) * 4 <= foreign


def _detect(payload: bytes, fallback: str) -> tuple[str, str, str, bool]:
    sample = re.sub(rb"<[^>]{0,500}>", b" ", payload[: 4 * DETECTOR_BYTES])[:DETECTOR_BYTES]
    for match in from_bytes(sample, cp_isolation=DETECTABLE, preemptive_behaviour=False):
        text = _decode(payload, match.encoding)
        if is_plausible(text):
            return (
                text,
                LABELS.get(match.encoding, match.encoding.replace("_", "-")),
                "detector",
                False,
            )
    return fallback, "windows-1252", "fallback", False


def repair_mojibake(text: str) -> str:
    """Return the text with UTF-8 letters that were read as windows-1252 mended; other text stays as it is.

    >>> repair_mojibake("yhteistyÃ¶ â€“ pÃ¤ivÃ¤")
    'yhteistyö – päivä'
    """
    if len(MOJIBAKE.findall(text)) < MOJIBAKE_FLOOR:
        return text
    return TWICE_ENCODED.sub(lambda found: _mend(found[0]), text)


def _mend(run: str) -> str:
    for length in range(len(run), 1, -1):
        try:
            letter = _as_bytes(run[:length]).decode("utf-8")
        except UnicodeError:
            continue
        return letter + TWICE_ENCODED.sub(lambda found: _mend(found[0]), run[length:])
    return run


def _as_bytes(run: str) -> bytes:
    return b"".join(
        char.encode("latin-1") if "\x80" <= char <= "\x9f" else char.encode("cp1252")
        for char in run
    )
