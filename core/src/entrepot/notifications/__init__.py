"""Messages to people, by any notifier."""
