"""A partner's week and month: booked visits, hours, days off and public holidays on the city's clock."""
