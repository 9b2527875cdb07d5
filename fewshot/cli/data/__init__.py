"""`fewshot data`: a file for each of its commands."""
