from django import template
from django.utils.translation import gettext as _

from accounts.models import AccessRule, Confidential

register = template.Library()


@register.filter
def masked_in_words(rule: AccessRule) -> str:
    kinds = [str(kind.label) for kind in Confidential if kind in rule.masked]
    if len(kinds) == len(Confidential):
        return _("All that can be masked")
    return ", ".join(kinds) or _("Nothing")


@register.filter
def yes_or_no(value: bool) -> str:
    return _("Yes") if value else _("No")
