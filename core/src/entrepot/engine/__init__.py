"""Plugin machinery: discovery, registry, accounts, dispatch, guard, health, trace."""
