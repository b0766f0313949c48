"""Repeatable measurements, each `python -m benchmarks.<name>`; the last line printed is one JSON object."""
