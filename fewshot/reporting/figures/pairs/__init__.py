"""Figures of scores of same and different pairs, and of probes of galleries."""
