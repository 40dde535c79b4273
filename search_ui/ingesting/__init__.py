"""What the page of ingests shows."""
