"""What a library keeps of how files came in, and of those that could not; the ingest itself is in
`ingest`."""
