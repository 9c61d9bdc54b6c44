"""The asynchronous half: the source from which the other one is made, by scripts/unasync.py."""
