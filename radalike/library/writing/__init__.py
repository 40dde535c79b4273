"""What changes a library: new images, and new words for those that are there."""
