"""Behaviour cases: neutral YAML files, played through the public REST API against a fresh store per case."""
