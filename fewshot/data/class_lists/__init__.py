"""Class lists, which need neither images nor torch."""
