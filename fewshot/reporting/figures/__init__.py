"""Figures for papers, one file each, and the style that they share."""

FIGURES = (
    "accuracy", "critical_difference", "curves", "det", "differences", "identification", "published", "roc",
    "way_and_shot",
)  # each a module of this package  # fmt: skip
