"""Which encoders a library has vectors of; the models themselves are in `radalike.encoders`."""
