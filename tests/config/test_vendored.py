"""Files of other projects that we carry are the published ones, byte for byte."""

import hashlib
import json
from pathlib import Path

FONTS = Path(__file__).parents[2] / "config/static/site/fonts"


def _manifest() -> list[dict[str, str]]:
    files: list[dict[str, str]] = json.loads((FONTS / "MANIFEST.json").read_text())["files"]
    return files


def test_every_vendored_file_is_named_in_the_manifest() -> None:
    present = {path.name for path in FONTS.iterdir()} - {"MANIFEST.json"}

    assert present == {entry["file"] for entry in _manifest()}


def test_every_vendored_file_has_the_checksum_of_the_manifest() -> None:
    for entry in _manifest():
        digest = hashlib.sha256((FONTS / entry["file"]).read_bytes()).hexdigest()
        assert digest == entry["sha256"], entry["file"]


def test_every_package_is_pinned_and_brings_its_licence() -> None:
    with_licence = {entry["package"] for entry in _manifest() if entry["path"] == "LICENSE"}

    for entry in _manifest():
        assert entry["version"].count(".") == 2
        assert entry["licence"] == "OFL-1.1"
        assert entry["package"] in with_licence
