"""Markup that staff, imports or feeds bring in: made safe to show, or turned into plain text."""

from newsletters.sanitise.cleaning import clean_html
from newsletters.sanitise.nesting import flattened, is_too_deep
from newsletters.sanitise.text import excerpt, plain_text

__all__ = ["clean_html", "excerpt", "flattened", "is_too_deep", "plain_text"]
