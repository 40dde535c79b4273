"""Another encoder's vectors, or those of tiles, for all that a library already catalogues."""
