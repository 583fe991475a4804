"""Static files under names that hold their content's hash: a browser may keep them for ever."""

from __future__ import annotations

import hashlib
import re
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask_bootstrap
from whitenoise import WhiteNoise
from whitenoise.compress import Compressor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from wsgiref.types import WSGIApplication

    from flask import Flask

PREFIX = "/static/"
STATIC = Path(__file__).parent / "static"
BOOTSTRAP = Path(flask_bootstrap.__file__).parent / "static" / "bootstrap5" / "css" / "bootstrap.min.css"
PRESSED = Path(__file__).parents[2] / "build" / "static"
HASH_LENGTH = 12
SHIPPED = frozenset((".css", ".js", ".svg", ".woff2"))

_LINK = re.compile(r"""url\("\.\./(?P<name>[\w./-]+)"\)""")
_SOURCE_MAP = re.compile(rb"/\*# sourceMappingURL=.*?\*/")


def sources() -> dict[str, Path]:
    """Name in templates -> file; what others refer to comes first."""
    own = {path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*") if path.suffix in SHIPPED}
    files = own | {"css/bootstrap.css": BOOTSTRAP}
    return dict(sorted(files.items(), key=lambda file: (file[1].suffix == ".css", file[0])))


@cache
def pressed(target: Path = PRESSED) -> Mapping[str, str]:
    """Name in templates -> name with hash; the files are in `target`, compressed beside the plain ones."""
    hashed: dict[str, str] = {}
    for name, path in sources().items():
        content = path.read_bytes()
        if path.suffix == ".css":
            content = _relinked(content, hashed)
        digest = hashlib.sha256(content).hexdigest()[:HASH_LENGTH]
        hashed[name] = f"{Path(name).with_suffix('')}.{digest}{path.suffix}"
        _press(target / hashed[name], content)
    return hashed


def _relinked(content: bytes, hashed: Mapping[str, str]) -> bytes:
    """A style sheet that names other files by their hashed names."""
    css = _SOURCE_MAP.sub(b"", content).decode()
    return _LINK.sub(lambda link: f'url("../{hashed.get(link["name"], link["name"])}")', css).encode()


def _press(path: Path, content: bytes) -> None:
    """Write the file and its compressed forms, unless it is there: its name tells its content."""
    if path.exists():
        return
    compressor = Compressor(quiet=True)
    forms = {"": content}
    if compressor.should_compress(path.name):
        forms = {".br": compressor.compress_brotli(content), ".gz": compressor.compress_gzip(content), "": content}
    for suffix, data in forms.items():  # the plain one last: where it is, the others are
        _write(path.with_name(path.name + suffix), data)


def _write(path: Path, data: bytes) -> None:
    """Write whole or not at all, for other processes may be doing the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(data)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def with_static_files(application: WSGIApplication, hashed: Iterable[str], folder: Path = PRESSED) -> WhiteNoise:
    """The application behind its static files; nothing but these files is served from the folder."""
    static = WhiteNoise(application, allow_all_origins=False, immutable_file_test=lambda _path, _url: True)
    for name in hashed:
        static.add_file_to_dictionary(PREFIX + name, str(folder / name))
    return static


def init_app(app: Flask) -> None:
    """Serve the static files, and let templates name them: asset("css/theme.css")."""
    hashed = pressed()

    def asset(name: str) -> str:
        return PREFIX + hashed[name]

    context: dict[str, Any] = {"asset": asset, "has_asset": hashed.__contains__}
    app.jinja_env.globals.update(context)
    app.wsgi_app = with_static_files(app.wsgi_app, hashed.values())  # type: ignore[method-assign]  # Flask's own way
