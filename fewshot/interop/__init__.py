"""To and from other libraries of the field, one file each; none of them is needed by anything else here."""
