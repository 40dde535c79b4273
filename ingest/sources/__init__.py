"""Sources: where images come from, one file each."""
