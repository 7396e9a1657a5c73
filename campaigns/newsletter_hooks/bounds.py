"""How much of everything is enough."""

MAX_ITEMS = 50
MAX_MOMENTS = 50
MAX_CHOICES = 300
