"""Comparisons of methods: over which units, with the best, with each other, and with published figures."""
