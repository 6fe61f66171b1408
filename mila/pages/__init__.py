"""Pages that show several apps at once, composed from their querysets and services. They decide nothing."""
