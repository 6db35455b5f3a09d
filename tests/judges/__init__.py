"""Commands that judge a running shop from outside: ./dev race and ./dev crash."""
