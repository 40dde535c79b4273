"""The library looked through without a query: what of it is in view, and how it is spread."""
