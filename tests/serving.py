"""Serve an edition in a process of its own, as the verb does."""

import subprocess
import sys
from contextlib import contextmanager

CALL = "from archive.site import serve; from pathlib import Path; import sys; serve(Path(sys.argv[1]), host='127.0.0.1', port=0, warm_up=False)"


@contextmanager
def served(published):
    """Serve it on a free port of loopback and give its address, which ends with a slash."""
    command = [sys.executable, "-c", CALL, str(published)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield server.stdout.readline().split()[0]
        finally:
            server.terminate()
