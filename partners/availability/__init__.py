"""When a partner works: weekly hours, days off, public holidays of the canton."""
