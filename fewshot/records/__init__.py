"""Records: what each run found, and the folder that keeps them."""
