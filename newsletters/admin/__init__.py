"""Raw rows for looking things up. What has rules is read-only here: the staff pages act."""

from newsletters.admin import contacts, rows

__all__ = ["contacts", "rows"]
