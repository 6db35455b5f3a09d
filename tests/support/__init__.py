"""What the tests of several packages share: databases, a browser, real server processes."""
