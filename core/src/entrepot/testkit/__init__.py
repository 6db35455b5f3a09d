"""What the tests of plugins import: conformance classes, fakes and samples. Loaded piece by piece, when used."""
