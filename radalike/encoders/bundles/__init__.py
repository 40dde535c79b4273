"""Bundles: weights of several encoders in one file, to carry to a machine without a network.

A bundle is an uncompressed ZIP file. Its first member, `radalike-bundle.json`, lists every other
with size and SHA-256. A ZIP because any system opens it, because its directory is at its end, so
that one that was cut is known at once, and because it has no links; uncompressed because weights
do not shrink, and so that nothing in it can be larger than the file itself.
"""

from radalike.encoders.bundles.installing import install
from radalike.encoders.bundles.writing import bundle

__all__ = ["bundle", "install"]
