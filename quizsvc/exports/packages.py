"""Packages: files with their paths, as one ZIP."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

MANIFEST = "imsmanifest.xml"


def packed(files: Mapping[str, str]) -> bytes:
    """The package; the same files give the same bytes."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as package:
        for path, text in files.items():
            package.writestr(ZipInfo(path), text.encode(), ZIP_DEFLATED)
    return content.getvalue()
