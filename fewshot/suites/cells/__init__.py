"""The cells of a suite, from its grid and its single cells."""
