"""Figures that compare methods by one number each."""
