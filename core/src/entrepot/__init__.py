"""entrepot: a plugin-based commerce framework for selling across borders."""

__version__ = "0.1.0"
