"""Pages of which nobody is to know who has read them."""

from campaigns.selectors import cases as selectors


class SensitiveCases:
    """Who reads about a person at risk is noted nowhere."""

    def is_sensitive(self, path: str) -> bool:
        """True for the page of a sensitive case and everything about its urgent actions."""
        return selectors.is_sensitive_page(path)


SENSITIVE_CASES = SensitiveCases()
