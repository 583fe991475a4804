"""The statistics of a problem set: from what counts of every student to what an instructor should know, purely."""

from __future__ import annotations

from quizsvc.services.statistics.records import ItemInfo, Work
from quizsvc.services.statistics.report import SetStatistics, statistics_of

__all__ = ["ItemInfo", "SetStatistics", "Work", "statistics_of"]
