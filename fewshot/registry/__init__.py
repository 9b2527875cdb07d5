"""Parts by name, read from source and imported on demand."""
