"""Double-entry postings per order."""
