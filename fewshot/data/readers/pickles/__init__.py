"""Pickles of arrays, read without Python's own loader, which runs code that a file names."""
