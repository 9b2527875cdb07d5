"""Adapters to pytorch-metric-learning and learn2learn."""
