"""Logs of trainings while they run, for other programs to show."""
