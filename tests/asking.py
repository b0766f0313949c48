"""Ask the site for pages within this process."""

import asyncio

from lxml import html

from archive.site.serving import application


class Browser:
    """Ask a running Datasette for pages, one after another."""

    def __init__(self, published):
        """Start it on an edition."""
        self.loop = asyncio.new_event_loop()
        self.datasette = application(published)
        self.loop.run_until_complete(self.datasette.invoke_startup())

    def get(self, path, headers=None):
        """Return the response to a path."""
        return self.loop.run_until_complete(self.datasette.client.get(path, headers=headers))

    def head(self, path):
        """Return the response to a HEAD request."""
        return self.loop.run_until_complete(self.datasette.client.head(path))

    def tree(self, path):
        """Return a page as a tree."""
        return html.fromstring(self.get(path).text)

    def __enter__(self):
        """Give itself."""
        return self

    def __exit__(self, *_):
        """Let go of files and threads."""
        self.datasette.executor.shutdown()
        for database in self.datasette.databases.values():
            database.close()
        self.loop.close()


def words_of(tree):
    """Return the text of a page on one line."""
    return " ".join(tree.text_content().split())
