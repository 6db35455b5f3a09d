"""Payment attempts, captures, refunds, the webhook inbox."""
