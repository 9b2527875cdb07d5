"""Tables, figures and data frames, made from records alone."""
