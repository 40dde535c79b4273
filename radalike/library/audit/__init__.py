"""Who did what, and when: entries that can be added and read, never changed or removed."""
