"""Images: data sets, their class lists, readers of their files, and the bank of decoded images."""
