"""Logging without health text: Rasa's own logs carry what people wrote, so only its warnings pass, without details."""

from __future__ import annotations

import logging
import os
import warnings

from serving import logs

TELLS_TOO_MUCH = ("telegram", "httpx")  # the bot's token, and what was said
NOISY = ("rasa", "rasa_sdk", "apscheduler", "matplotlib", "asyncio", "sanic.access", "PyRuSH", "medspacy")


def quieten(log_format: str = "text", log_level: str = "WARNING") -> None:
    """Set up logging for a process that talks with people. To be called before Rasa is imported.

    `log_format`: text or json. `log_level`: of this project's own lines.
    """
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SANIC_LOG_LEVEL", "ERROR")
    warnings.filterwarnings("ignore")
    logs.set_up(log_format, log_level)
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
