"""Verification as verifiers are measured: rates at thresholds, costs of log-likelihood ratios, and scores as CSV."""
