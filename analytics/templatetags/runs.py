"""Tags for the pages of runs."""

from django import template
from django.utils.translation import gettext as _

from analytics import champion_history, switches
from analytics.findings import Kind
from analytics.models import Run
from core.templatetags.ui import day, money, number, percent

register = template.Library()


@register.simple_tag
def feature_value(kind: Kind, value: float, currency: str) -> str:
    """A value of a feature as it is written: a plain number, an amount, or a share of 1."""
    if kind == Kind.AMOUNT:
        return money(round(value), currency)
    return percent(value, 0) if kind == Kind.SHARE else number(value, 1)


@register.simple_tag
def of_run(run: Run) -> str:
    """Which day, run and model a score is of. No template: a customer's page says it of nine."""
    said = [
        _("as of %(day)s") % {"day": day(run.as_of)},
        _("run %(number)s") % {"number": run.pk},
        champion_history.in_words(run),
        switches.in_words(run.analysis, run),
    ]
    return " · ".join(filter(None, said))
