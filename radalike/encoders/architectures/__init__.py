"""Models that no library has: what the custom family loads."""
