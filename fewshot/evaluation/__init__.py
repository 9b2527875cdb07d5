"""Measurements: accuracy per episode, verification scores, costs and leaks."""
