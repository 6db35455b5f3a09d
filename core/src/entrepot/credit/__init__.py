"""Gift cards and store credit: issued with a code, spent at checkout, given back, expired."""
