"""The synchronous half, made from ``_async`` by scripts/unasync.py."""
