"""Break a crawl at an exact point: kill it inside a write, between two steps, or as a power cut would."""

import os
import pathlib
import random
import signal

from crawler.frontier_file import FrontierFile

POINTS = ("half-written", "written", "synced", "committed", "indexed", "power cut")


def arm(point, number, seed):
    """Let this process be killed at the ``number``-th time that it passes a point."""
    fault = Fault(number, random.Random(seed))
    {
        "half-written": fault.in_write,
        "written": fault.after_write,
        "synced": fault.after_sync,
        "committed": fault.after_commit,
        "indexed": fault.between_renames,
        "power cut": fault.power_cut,
    }[point]()


class Fault:
    """The patches; each real call goes on as it is until its turn has come."""

    def __init__(self, number, dice):
        """Count down from a number."""
        self.left = number
        self.dice = dice
        self.synced = {}
        self.write, self.sync = os.write, os.fdatasync

    def due(self):
        """Count one pass."""
        self.left -= 1
        return self.left == 0

    def in_write(self):
        """The kernel takes a part of an exchange, then the process dies."""

        def write(file, data):
            if warc_of(file) and self.due():
                self.write(file, bytes(data)[: self.dice.randrange(len(data))])
                die()
            return self.write(file, data)

        os.write = write

    def after_write(self):
        """An exchange stands in the file; nothing knows of it."""

        def write(file, data):
            taken = self.write(file, data)
            if warc_of(file) and self.due():
                die()
            return taken

        os.write = write

    def after_sync(self):
        """The WARC file is on the disk, the frontier is not."""

        def sync(file):
            self.sync(file)
            if self.due():
                die()

        os.fdatasync = sync

    def after_commit(self):
        """The frontier is on the disk; the files that it settles are still open."""
        real = FrontierFile.commit

        def commit(frontier):
            settled = real(frontier)
            if self.due():
                die()
            return settled

        FrontierFile.commit = commit

    def between_renames(self):
        """An index is written, or its name, or the name of its file."""
        real = pathlib.Path.rename

        def rename(path, target):
            if self.due():
                die()
            return real(path, target)

        pathlib.Path.rename = rename

    def power_cut(self):
        """Of what was written since the last sync, the disk has some, or nothing."""

        def write(file, data):
            taken = self.write(file, data)
            path = warc_of(file)
            if path and self.due():
                size, kept = os.fstat(file).st_size, self.synced.get(path, 0)
                os.truncate(path, self.dice.randint(kept, size))
                die()
            return taken

        def sync(file):
            self.sync(file)
            self.synced[warc_of(file)] = os.fstat(file).st_size

        os.write, os.fdatasync = write, sync


def warc_of(file):
    """Return the path of an open WARC file; of any other file, nothing."""
    path = str(pathlib.Path(f"/proc/self/fd/{file}").readlink())
    return path if path.endswith(".warc.gz.open") else None


def die():
    """End at once, as kill -9 does."""
    os.kill(os.getpid(), signal.SIGKILL)
