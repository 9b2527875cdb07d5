"""Figures for papers, one file each, and the style that they share."""
