"""Readers: from files of any form to the pixels of a bank."""
