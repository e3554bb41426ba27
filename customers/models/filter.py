from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User

if TYPE_CHECKING:
    from accounts.visibility import Sight

MAX_LAYOUT_CHARACTERS = 5_000


def validate_expression(value: Any) -> None:
    from customers.filters import FilterError, parse

    try:
        parse(value)
    except FilterError as error:
        raise ValidationError(
            _("%(problem)s At: %(path)s"), params={"problem": error.message, "path": error.path or "/"}
        ) from None


def validate_layout(value: Any) -> None:
    """Keys of an address with their texts."""
    if not isinstance(value, dict) or not all(isinstance(part, str) for pair in value.items() for part in pair):
        raise ValidationError(_("A layout is an object of texts, such as {“sort”: “name”}."))
    if sum(len(key) + len(text) for key, text in value.items()) > MAX_LAYOUT_CHARACTERS:
        raise ValidationError(_("This is too much for one view: take some columns away, or shorten the search."))


def own_or_shared(sight: Sight) -> Q:
    """Of what has an owner, a sharing and a team as a saved filter has: the person's own, and what they may use."""
    shared = Q(sharing=SavedFilter.Sharing.EVERYBODY)
    if sight.team_id is not None:
        shared |= Q(sharing=SavedFilter.Sharing.TEAM, team=sight.team_id)
    return Q(owner=sight.user_id) | shared


class SavedFilterQuerySet(models.QuerySet["SavedFilter"]):
    def living(self) -> SavedFilterQuerySet:
        """Without those that are deleted, and can still come back."""
        return self.filter(deleted_at=None)

    def available_to(self, sight: Sight) -> SavedFilterQuerySet:
        """The person's own and those that are shared with them."""
        return self.living().filter(own_or_shared(sight))

    def views(self) -> SavedFilterQuerySet:
        return self.filter(purpose=SavedFilter.Purpose.VIEW)


class SavedFilter(models.Model):
    """A filter expression under a name: a view of the list, a segment, or an audience. Write it with
    `customers.filters.saved.save_filter`, and read the expression with `read`, which says what is wrong with one that
    has become unreadable since. Who uses it sees with their own eyes: it holds a question, no customers.
    """

    class Purpose(models.TextChoices):
        VIEW = "view", _("View of the list")
        SEGMENT = "segment", _("Segment")
        AUDIENCE = "audience", _("Audience")

    class Sharing(models.TextChoices):
        NOBODY = "nobody", _("Nobody: mine alone")
        TEAM = "team", _("A team")
        EVERYBODY = "everybody", _("Everybody")

    name = models.CharField(_("name"), max_length=120)
    owner = models.ForeignKey(
        User,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="saved_filters",
    )
    sharing = models.CharField(_("shared with"), max_length=9, choices=Sharing, default=Sharing.NOBODY)
    team = models.ForeignKey(Team, verbose_name=_("team"), null=True, blank=True, on_delete=models.SET_NULL)
    purpose = models.CharField(_("purpose"), max_length=8, choices=Purpose, default=Purpose.VIEW)
    expression = models.JSONField(_("filter"), validators=[validate_expression])
    # Of a view, what its address says besides the filter: search, quick filters, columns, sorting, grouping.
    layout = models.JSONField(_("layout"), default=dict, blank=True, validators=[validate_layout])
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects: ClassVar[Any] = SavedFilterQuerySet.as_manager()

    class Meta:
        verbose_name = _("saved filter")
        verbose_name_plural = _("saved filters")
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                "owner", "purpose", Lower("name"), condition=Q(deleted_at=None), name="saved_filter_name_unique"
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["view", "segment", "audience"]), name="saved_filter_purpose_known"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_filter_has_name"),
            # Of one whose team has gone nothing is left but its owner's.
            models.CheckConstraint(condition=Q(sharing="team") | Q(team=None), name="saved_filter_team_if_shared_so"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_shared(self) -> bool:
        return self.sharing != self.Sharing.NOBODY


class PinnedView(models.Model):
    """A view that stands among somebody's tabs, and where. Each person pins for themselves."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="pinned_views")
    view = models.ForeignKey(SavedFilter, on_delete=models.CASCADE, related_name="pins")
    position = models.PositiveIntegerField(_("position"))
    is_default = models.BooleanField(_("opened first"), default=False)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "view"], name="pinned_view_once"),
            models.UniqueConstraint(fields=["user"], condition=Q(is_default=True), name="pinned_view_one_default"),
        ]

    def __str__(self) -> str:
        return f"{self.view_id} of {self.user_id}"
