"""`fewshot gallery`: a module for each subcommand."""
