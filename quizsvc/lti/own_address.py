"""Where learning platforms find us."""

from __future__ import annotations

from flask import current_app, request

from quizsvc.services.lms.our_addresses import OurAddresses


def our_addresses() -> OurAddresses:
    """Ours as PUBLIC_URL tells them or, where it is not set, as this request was asked."""
    return OurAddresses(current_app.extensions["settings"].public_url or request.url_root.rstrip("/"))
