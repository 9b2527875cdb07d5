"""Class lists, known without the images and without torch."""
