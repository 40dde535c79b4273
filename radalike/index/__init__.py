"""Search indexes: projections of catalog and parts, dropped and rebuilt at will."""
