"""Turn payloads into texts: HTML, PDF, Word, PowerPoint and plain text."""

from .listed import listed_dates
from .payload import EXTRACTOR, NO_RULES, extract_payload

__all__ = ["EXTRACTOR", "NO_RULES", "extract_payload", "listed_dates"]
