"""Runs: one spec computed to its record, and the cells of a suite by one process, several, or a cluster."""
