"""Logs: one line an event, ids and masked addresses only, no request line, no IP address."""

import logging
import logging.config
import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

TOKEN = re.compile(r"[A-Za-z0-9_-]{24,}")
ADDRESS = re.compile(r"[^\s<>\"'@=]+@[^\s<>\"'@,;]+")
# PostgreSQL shows the row it refused: names, telephone and all.
ROW = re.compile(r"^(DETAIL|CONTEXT):.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)


def redact(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take tokens, addresses and rows out of texts we did not write (Django's, tracebacks)."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            text = ROW.sub(r"\1: …", event[key])
            event[key] = ADDRESS.sub("…@…", TOKEN.sub("…", text))
    return event


def configure(options: dict[str, Any]) -> None:
    """Django's LOGGING_CONFIG. ``options["level"]`` is the level of our own loggers."""
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "line": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        structlog.processors.format_exc_info,
                        redact,
                        structlog.processors.LogfmtRenderer(
                            key_order=["timestamp", "level", "logger", "event"]
                        ),
                    ],
                    "foreign_pre_chain": shared,
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
            "root": {"handlers": ["stderr"], "level": "WARNING"},
            "loggers": {
                **{
                    name: {"level": options["level"]}
                    for name in ("config", "worker", "newsletters", "campaigns", "petitions")
                },
                # Its warnings about pages that are not there repeat what was asked for.
                "django.request": {"level": "ERROR"},
            },
        }
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
