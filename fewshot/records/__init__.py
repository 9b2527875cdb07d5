"""Records of runs, and the folder that keeps them."""
