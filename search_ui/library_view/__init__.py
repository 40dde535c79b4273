"""What the page of the library shows."""
