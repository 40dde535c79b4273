"""From bytes to 8-bit pixels, thumbnails and an encoder's input. Nothing here knows a model."""
