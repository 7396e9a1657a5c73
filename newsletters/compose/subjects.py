"""The subject of a mail, cut once and filled in for each reader."""

from newsletters.compose import liquid
from newsletters.compose.slots import cut, fill


class Subject:
    """One subject with placeholders. ``is_fixed``: it has none."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._pieces = cut(source)
        self.is_fixed = self._pieces is not None and len(self._pieces) == 1

    def fill(self, known: dict[str, str]) -> str:
        """The subject on one line for whom all fields are ``known``.

        Raises TextRefused when it cannot be made for this reader.
        """
        if self._pieces is None:
            template = liquid.parse(self._source, escape_html=False)
            return " ".join(liquid.render(template, known).split())
        return " ".join(fill(self._pieces, known).split())
