"""Orders, fulfilments, parcels and their timeline."""
