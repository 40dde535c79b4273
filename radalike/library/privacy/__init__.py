"""No identifier in a library: pseudonyms, sealed values, and what they are sealed with."""
