"""The Flask shell: errors, security, forms, the webhook door."""
