"""The pure rule engine: dated records in, an explained assessment of one consignment out."""
