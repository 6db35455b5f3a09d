"""Measurements that we publish: each beside a floor that does the least such work can be, in the same run."""
