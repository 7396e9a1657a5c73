"""Fields a campaign adds to people: what is read, kept and shown, by kind.

Pure: no database. Values are kept as models/custom_fields.py says.
"""

from newsletters.custom_fields.fields import Field, check_choices, check_key, key_from, merge
from newsletters.custom_fields.reading import read
from newsletters.custom_fields.showing import as_text, show

__all__ = ["Field", "as_text", "check_choices", "check_key", "key_from", "merge", "read", "show"]
