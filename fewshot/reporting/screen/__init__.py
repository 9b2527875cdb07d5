"""A page for the screen in one file: tables, charts and pictures of a suite, or of one network."""
