"""Tags for the pages of runs."""

from django import template

from analytics import champion_history, switches
from analytics.findings import Kind
from analytics.models import Run
from core.templatetags.ui import money, number, percent

register = template.Library()


@register.simple_tag
def feature_value(kind: Kind, value: float, currency: str) -> str:
    """A value of a feature as it is written: a plain number, an amount, or a share of 1."""
    if kind == Kind.AMOUNT:
        return money(round(value), currency)
    return percent(value, 0) if kind == Kind.SHARE else number(value, 1)


@register.filter
def off_in_words(run: Run) -> str:
    """Where what it shows is not made anew, since an admin has switched it off."""
    return switches.in_words(run.analysis, run)


@register.filter
def made_by(run: Run) -> str:
    """The model whose scores a run has; empty where none was chosen among several."""
    return champion_history.in_words(run)
