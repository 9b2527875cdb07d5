"""The statistics of tables: intervals, differences, comparisons with the best, and error rates of verification."""
