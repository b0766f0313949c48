"""Write datasets for reuse: tables of an edition with their data dictionary, captures as WARC and WACZ, a configuration of pywb."""

from __future__ import annotations

from archive.exports.captures import CAPTURE_FORMATS, CapturesReport, export_captures
from archive.exports.dataset import ExportReport, export
from archive.exports.pywb import write_pywb

__all__ = [
    "CAPTURE_FORMATS",
    "CapturesReport",
    "ExportReport",
    "export",
    "export_captures",
    "write_pywb",
]
