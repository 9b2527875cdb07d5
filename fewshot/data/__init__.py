"""Images: data sets, their class lists, the readers of their files, and the bank that holds them."""
