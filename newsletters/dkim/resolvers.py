"""The address of a resolver as operators write it. Imports little: settings are read with it."""

from ipaddress import ip_address
from urllib.parse import urlsplit

PORT = 53


def server(text: str) -> tuple[str, int]:
    """Address and port of a resolver: "127.0.0.1", "127.0.0.1:5353", "::1" or "[::1]:5353".

    Raises ValueError for anything else; a name would need a resolver first.
    """
    try:
        return str(ip_address(text)), PORT
    except ValueError:
        parts = urlsplit(f"//{text}")
    if parts.path or parts.query or parts.username is not None:
        raise ValueError("no resolver")
    return str(ip_address(parts.hostname or "")), parts.port or PORT
