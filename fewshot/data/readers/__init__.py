"""Readers: from files in any form to the pixels of a bank."""
