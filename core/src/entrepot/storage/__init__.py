"""The database: session, writer lock, outbox, secrets box and core migrations."""
