"""Tasks: drawn at random or fixed, gathered from a bank, and distorted for training."""
