"""The progress of a command, the trace that it leaves, and the outlook of all; needs no torch."""
