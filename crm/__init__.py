"""Wiring only: settings, urls, Celery, WSGI and ASGI. No business."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]
