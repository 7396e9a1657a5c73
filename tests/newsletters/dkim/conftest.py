"""Keys every test of this folder may ask for: making one takes time."""

import pytest

from newsletters.dkim import keys, records
from newsletters.dkim.signing import SigningKey
from newsletters.states import DkimAlgorithm


@pytest.fixture(scope="session")
def pair() -> list[SigningKey]:
    """One key of each algorithm for example.org."""
    return [
        SigningKey("example.org", f"s{algorithm}", keys.generate(algorithm))
        for algorithm in DkimAlgorithm
    ]


@pytest.fixture(scope="session")
def published(pair: list[SigningKey]) -> dict[str, str]:
    """What the DNS says of them."""
    return {
        records.name_of(key.selector, key.domain): records.value_of(
            key.private.algorithm, key.private.public
        )
        for key in pair
    }
