"""Who is asked first: the published formula."""
