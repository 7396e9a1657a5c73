"""Why a file is refused before any of its rows is used."""


class FileRefused(Exception):
    """The file cannot be imported; ``code`` is a key of sentences.FILE, ``line`` is to blame."""

    def __init__(self, code: str, line: int = 0) -> None:
        super().__init__(code, line)
        self.code = code
        self.line = line
