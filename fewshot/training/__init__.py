"""Training: one loop, its batches, optimisers and checkpoints."""
