"""The notes under a table: on how its figures were measured, and on all that its cells do not show."""
