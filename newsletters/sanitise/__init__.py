"""Markup that staff, imports or feeds bring in: made safe to show, or turned into plain text."""

from newsletters.sanitise.cleaning import clean_html
from newsletters.sanitise.text import excerpt, plain_text

__all__ = ["clean_html", "excerpt", "plain_text"]
