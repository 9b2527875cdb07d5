"""Training by several processes, each of which computes a part of every step."""
