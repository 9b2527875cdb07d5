"""A record as the bytes of its file."""
