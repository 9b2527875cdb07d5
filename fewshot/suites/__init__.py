"""Suites: a TOML file becomes cells, and cells have a state."""
