"""Where a partner works: around the own place, or in the postcodes chosen."""
