"""Values and tools that every other package stands on."""
