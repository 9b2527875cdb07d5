"""Figures for papers, one file each, and the style that they share."""

FIGURES = ("accuracy", "curves", "det", "published", "roc", "way_and_shot")  # each a module of this package
