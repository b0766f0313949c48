"""The archive: everything that happens to stored WARC bytes, without the network."""
