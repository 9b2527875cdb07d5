"""The tables of a suite, of a folder's records, and of whichever of the two is asked for."""
