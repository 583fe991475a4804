"""What commands need of the service besides its database: its address, and what it seals secrets with."""

from __future__ import annotations

from quizsvc.config import read_settings
from quizsvc.services.lms.our_addresses import OurAddresses
from quizsvc.services.sealing import Seal


def seal() -> Seal:
    """What secrets are sealed with that are stored."""
    return Seal(read_settings().secret_key.get_secret_value())


def our_addresses() -> OurAddresses:
    """Where learning platforms find the service."""
    return OurAddresses(read_settings().address)
