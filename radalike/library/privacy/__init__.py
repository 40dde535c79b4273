"""No identifier in a library: pseudonyms, sealed values, and the keys for them."""
