"""`fewshot check`: a file for each of its commands."""
