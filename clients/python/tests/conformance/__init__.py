"""Carries out the cases that all clients share: see test/conformance/README.md."""
