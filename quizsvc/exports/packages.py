"""Packages: files with their paths, as one ZIP; read back only within limits, and nothing of it is written to disk."""

from __future__ import annotations

import io
import stat
import struct
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from quizsvc.errors import Invalid, TooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MANIFEST = "imsmanifest.xml"
LARGEST_DIRECTORY = 1_000_000
"""Bytes of the list of files in a package: it is read as a whole."""
LARGEST_FILE = 20_000_000
LARGEST_PACKAGE = 100_000_000
"""Bytes of one file, and of all that are read, once they are unpacked."""
_END, _END_BYTES, _LONGEST_COMMENT = b"PK\x05\x06", 22, 65_535
_ZIP64, _ZIP64_BYTES = b"PK\x06\x07", 20
_LOCKED = 0x61
"""Bits of files that need a password, of either kind, or another package that they change."""


def packed(files: Iterable[tuple[str, str]]) -> bytes:
    """The package of these paths and texts, made one by one; the same files give the same bytes."""
    content = io.BytesIO()
    with ZipFile(content, "w", ZIP_DEFLATED) as package:
        for path, text in files:
            package.writestr(ZipInfo(path), text.encode(), ZIP_DEFLATED)
    return content.getvalue()


def unpacked(content: bytes, ending: str) -> Iterator[tuple[str, bytes]]:
    """Path and bytes of the files whose names end so; raises Invalid, TooLarge."""
    _require_short_directory(content)
    left = LARGEST_PACKAGE
    try:
        with ZipFile(io.BytesIO(content)) as package:
            files = package.infolist()
            for file in files:
                _require_harmless(file)
            for file in files:
                if file.filename.lower().endswith(ending):
                    text = _read(package, file, min(left, LARGEST_FILE))
                    left -= len(text)
                    yield file.filename, text
    except (BadZipFile, UnicodeDecodeError, zlib.error, EOFError) as error:
        message = f"This package is damaged: {error}."
        raise Invalid(message) from None


def _require_short_directory(content: bytes) -> None:
    """Raises Invalid or TooLarge before a list of millions of files is read."""
    end = content.rfind(_END, max(0, len(content) - _END_BYTES - _LONGEST_COMMENT))
    if end < 0 or len(content) < end + _END_BYTES:
        message = "This package is damaged: its end is missing."
        raise Invalid(message)
    (size,) = struct.unpack_from("<L", content, end + 12)
    if size > LARGEST_DIRECTORY or content[max(0, end - _ZIP64_BYTES) : end].startswith(_ZIP64):
        message = "This package holds more files than any export of ours."
        raise TooLarge(message)


def _require_harmless(file: ZipInfo) -> None:
    path = PurePosixPath(file.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in file.filename:
        message = f"The package is not taken: its file {file.filename!r:.80} leads out of it."
        raise Invalid(message)
    if stat.S_ISLNK(file.external_attr >> 16):
        message = f"The package is not taken: its file {file.filename!r:.80} is a link."
        raise Invalid(message)
    if file.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        message = "The package is not taken: it is packed in a way that no export of ours is."
        raise Invalid(message)
    if file.flag_bits & _LOCKED:
        message = "The package is not taken: it is locked with a password, or a part of another one."
        raise Invalid(message)


def _read(package: ZipFile, file: ZipInfo, most: int) -> bytes:
    """The file, however much longer it is than the package says; raises TooLarge."""
    with package.open(file) as stream:
        text = stream.read(most + 1)
    if len(text) > most:
        message = f"The package is not taken: unpacked, it holds more than {most:,} bytes, at {file.filename!r:.80}."
        raise TooLarge(message)
    return text
