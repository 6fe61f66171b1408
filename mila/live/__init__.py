"""The live process: it tells open pages that something has changed, and nothing else (ADR 17)."""
