"""From a data set's published layout to a manifest in the study's format."""
