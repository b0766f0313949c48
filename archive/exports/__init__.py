"""Write datasets for reuse: tables of an edition as CSV, JSON Lines and Parquet, with their data dictionary."""

from __future__ import annotations

from archive.exports.dataset import ExportReport, export

__all__ = ["ExportReport", "export"]
