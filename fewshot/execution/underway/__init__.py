"""Traces that commands at work leave in a results folder, and the outlook that they give; needs no torch."""
