"""What the page shows, one module a thing. A component draws and calls back; it decides nothing."""
