"""The printed page: its widths, the look of a figure, and the room that words take."""
