"""Logging without health text: Rasa's own logs carry what people wrote, so only its warnings pass, without details."""

from __future__ import annotations

import logging
import os
import warnings

TELLS_TOO_MUCH = ("telegram", "httpx")  # the bot's token, and what was said
NOISY = ("rasa", "rasa_sdk", "apscheduler", "matplotlib", "asyncio", "sanic.access", "PyRuSH", "medspacy")


def quieten() -> None:
    """Set up logging for a process that talks with people. To be called before Rasa is imported."""
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SANIC_LOG_LEVEL", "ERROR")
    warnings.filterwarnings("ignore")
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in (*NOISY, *TELLS_TOO_MUCH):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    import structlog

    # Rasa's structured logs are written at debug and info with the message text in them.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        from loguru import logger
    except ImportError:  # only where medspaCy is not installed
        return
    logger.remove()
