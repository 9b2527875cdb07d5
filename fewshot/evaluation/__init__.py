"""Evaluation: accuracy of each episode, verification scores, costs of backbones, and leaks of protocols."""
