"""Find the programs that check our work: pywb and its tools live in ``.venv-peers``."""

import os
import shutil
from pathlib import Path

import pytest

FOLDER = Path(os.environ.get("ARKISTO_PEERS", Path(__file__).parents[1] / ".venv-peers")) / "bin"


def peer(program: str) -> str:
    """Return the path of a peer program; without it, fail in CI and skip elsewhere."""
    path = FOLDER / program
    if path.exists():
        return str(path)
    return _missing(f"{path} is missing: run `make peers`")


def system_program(*names: str) -> str:
    """Return the path of the first of these programs; without any, fail in CI and skip elsewhere."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    return found or _missing(f"none of {', '.join(names)} is installed")


def _missing(message: str) -> str:
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
