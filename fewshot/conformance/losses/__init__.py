"""Checks of a loss: its value and gradients on made-up tasks, and what its marks promise."""
