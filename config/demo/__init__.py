"""The demonstration campaign: an invented country, its people, and what happened to them."""
