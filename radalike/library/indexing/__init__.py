"""The built index of a library: made from parts and catalog, opened, and held against exact
search; the engines are in `radalike.index`."""
