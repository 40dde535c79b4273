"""Adapters of a library, learnt from its labels (`learning` is the way in); the methods are in
`radalike.adaptation`."""
