"""Structured logs: every line has the request's or task's id, none has anything about a person."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

EMAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
# PostgreSQL quotes the offending row in the lines after its message.
DETAIL = re.compile(r"\n?(DETAIL|CONTEXT): [^\n]*")


def configure(*, level: str, as_json: bool) -> dict[str, Any]:
    """Set structlog up and return Django's LOGGING, so that both kinds of loggers write the same lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        without_persons,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"by_route": {"()": "mila.logs.ByRoute"}},
        "formatters": {
            "lines": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": shared,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            }
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["by_route"]}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level},
            # The request log already tells of 404 and 403; failures stay.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "WARNING"},
            # Celery's own words for what django_structlog logs with more.
            "celery.app.trace": {"level": "ERROR"},
            "celery.beat": {"level": "WARNING"},
            "celery.worker.strategy": {"level": "WARNING"},
        },
    }


def without_persons(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Strike e-mail addresses and the rows that PostgreSQL quotes from every text of a line."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = EMAIL.sub("[e-mail]", DETAIL.sub("", value))
    return event


class ByRoute(logging.Filter):
    """Django names the path in its own messages about a request: name the route instead."""

    def filter(self, record: logging.LogRecord) -> bool:
        request = getattr(record, "request", None)
        if request is not None and isinstance(record.args, tuple) and record.args:
            match = getattr(request, "resolver_match", None)
            route = f"/{match.route}" if match else "/?"
            record.args = tuple(
                route if argument == getattr(request, "path", None) else argument for argument in record.args
            )
            record.request = None
        return True
