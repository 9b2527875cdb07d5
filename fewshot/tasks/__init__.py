"""Tasks: drawn or given, gathered from a bank, distorted for training."""
