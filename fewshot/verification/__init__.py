"""Trained networks that are kept, and their use on images."""
