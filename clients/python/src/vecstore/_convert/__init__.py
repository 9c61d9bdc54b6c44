"""Turns arguments into messages, and messages into results."""
