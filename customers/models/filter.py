from __future__ import annotations

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import User


def validate_expression(value: Any) -> None:
    from customers.filters import FilterError, parse

    try:
        parse(value)
    except FilterError as error:
        raise ValidationError(
            _("%(problem)s At: %(path)s"), params={"problem": error.message, "path": error.path or "/"}
        ) from None


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def available_to(self, user: User) -> SavedFilterQuerySet:
        """The person's own and those that are shared with everybody."""
        return self.filter(Q(owner=user) | Q(is_shared=True))


class SavedFilter(models.Model):
    """A filter expression under a name: a view of the list, a segment, or an audience. Write it with
    `customers.filters.saved.save_filter`, and read the expression with `read`, which says what is wrong with one that
    has become unreadable since. Who uses it sees with their own eyes: it holds a question, no customers.
    """

    class Purpose(models.TextChoices):
        VIEW = "view", _("View of the list")
        SEGMENT = "segment", _("Segment")
        AUDIENCE = "audience", _("Audience")

    name = models.CharField(_("name"), max_length=120)
    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="saved_filters",
    )
    is_shared = models.BooleanField(_("shared with everybody"), default=False)
    purpose = models.CharField(_("purpose"), max_length=8, choices=Purpose, default=Purpose.VIEW)
    expression = models.JSONField(_("filter"), validators=[validate_expression])
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects: ClassVar[Any] = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint("owner", "purpose", Lower("name"), name="saved_filter_name_unique"),
            models.CheckConstraint(
                condition=Q(purpose__in=["view", "segment", "audience"]), name="saved_filter_purpose_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_has_name"),
        ]

    def __str__(self) -> str:
        return self.name
