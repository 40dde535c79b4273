"""Looking through a library without a query: pages, counts, pictures, a map."""
