"""Known mistakes and their effect on a figure: records of the suite `pitfalls` as rows, and their table."""
