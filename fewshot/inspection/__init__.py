"""Records looked at with their images and kept networks: tasks answered, embeddings in the plane, training images and
filters, as plain values for pictures and pages."""
