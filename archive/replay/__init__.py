"""Hand captures on as they were: which may be seen, copied byte for byte, indexed, packed as WACZ."""
