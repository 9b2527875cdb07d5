"""Values and tools that every other package uses."""
