"""The search of a cell's values on val: what is tried, in which runs, and what is chosen."""
