"""Read what memory a process takes; ``ru_maxrss`` would begin with that of the process that started it."""

from pathlib import Path


def peak_mb(process="self"):
    """Return the largest resident memory since the program began, in MB (VmHWM, proc(5))."""
    return _field("VmHWM", process)


def resident_mb(process="self"):
    """Return the resident memory now, in MB."""
    return _field("VmRSS", process)


def _field(name, process):
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return round(int(next(line.split()[1] for line in lines if line.startswith(name))) / 1024)
