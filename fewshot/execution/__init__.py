"""Runs: one spec to its record, and the cells of a suite by one process, several, or a cluster."""
