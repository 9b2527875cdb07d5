"""Galleries: enrolled identities in one file, with which a verifier compares probes."""
