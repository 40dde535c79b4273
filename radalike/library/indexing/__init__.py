"""The built index: made from parts and catalog, opened, and held against exact search."""
