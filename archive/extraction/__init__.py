"""Turn payloads into texts: HTML, PDF, Word, PowerPoint and plain text."""

from .payload import extract_payload

__all__ = ["extract_payload"]
