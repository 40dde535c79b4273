"""Which encoders a library has vectors of, and which one it is searched with."""
