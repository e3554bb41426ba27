"""What people here did with a customer: noted something, called, met, wrote, kept a file."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from customers.interaction_querysets import InteractionQuerySet
from customers.models.contact import ContactPerson
from customers.models.customer import Customer

# Of a call: somebody spoke with the customer.
REACHED = "reached"
CONTACT = Q(kind__in=["meeting", "email"]) | Q(kind="call", outcome=REACHED)


class Interaction(models.Model):
    """One entry of the customer's timeline. Deleting marks the row; what is marked goes for good after a time.

    `happened_date` is the organisation's day of `happened_at`; `version` counts edits, as a customer's does.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        CALL = "call", _("Call")
        MEETING = "meeting", _("Meeting")
        EMAIL = "email", pgettext_lazy("a message", "E-mail")
        FILE = "file", _("File")

    class Direction(models.TextChoices):
        OUTGOING = "out", _("From us")
        INCOMING = "in", _("From the customer")

    class Outcome(models.TextChoices):
        REACHED = REACHED, _("Spoke with them")
        MESSAGE = "message", _("Left a message")
        NO_ANSWER = "no_answer", _("No answer")
        WRONG_NUMBER = "wrong_number", _("Wrong number")

    # Without an index of its own: that by customer and time begins with the column.
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        related_name="interactions",
        db_index=False,
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    author = models.ForeignKey(
        User, verbose_name=_("by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="interactions"
    )
    happened_at = models.DateTimeField(_("time"))
    happened_date = models.DateField(_("day"))
    title = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True, max_length=20_000)
    direction = models.CharField(_("direction"), max_length=3, choices=Direction, blank=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, blank=True)
    duration_minutes = models.PositiveIntegerField(_("duration in minutes"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=200, blank=True)
    mentions: models.ManyToManyField[User, models.Model] = models.ManyToManyField(
        User, verbose_name=_("mentioned"), blank=True, related_name="mentioned_in"
    )
    attendees: models.ManyToManyField[User, models.Model] = models.ManyToManyField(
        User, verbose_name=_("from us"), blank=True, related_name="meetings"
    )
    contact_people: models.ManyToManyField[ContactPerson, models.Model] = models.ManyToManyField(
        ContactPerson, verbose_name=_("from the customer"), blank=True, related_name="meetings"
    )
    # Whether the customer was heard of: what “no contact for N days” asks.
    is_contact = models.GeneratedField(
        expression=models.Case(models.When(CONTACT, then=True), default=False),
        output_field=models.BooleanField(),
        db_persist=True,
    )
    created_at = models.DateTimeField(_("written"), db_default=Now())
    edited_at = models.DateTimeField(_("edited"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True, blank=True)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)

    objects: ClassVar[Any] = InteractionQuerySet.as_manager()

    class Meta:
        verbose_name = _("interaction")
        verbose_name_plural = _("interactions")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["note", "call", "meeting", "email", "file"]), name="interaction_kind_known"
            ),
            models.CheckConstraint(condition=~Q(kind="note") | ~Q(text=""), name="interaction_note_says_something"),
            models.CheckConstraint(
                condition=Q(kind__in=["call", "email"], direction__in=["in", "out"])
                | (~Q(kind__in=["call", "email"]) & Q(direction="")),
                name="interaction_direction_of_calls_and_mails",
            ),
            models.CheckConstraint(
                condition=Q(kind="call", outcome__in=["reached", "message", "no_answer", "wrong_number"])
                | (~Q(kind="call") & Q(outcome="")),
                name="interaction_outcome_of_calls",
            ),
            models.CheckConstraint(
                condition=Q(duration_minutes__isnull=True)
                | Q(kind__in=["call", "meeting"], duration_minutes__lte=1440),
                name="interaction_duration_within_a_day",
            ),
        ]
        indexes = [
            models.Index(
                fields=["customer", "-happened_at", "-id"], name="interaction_timeline", condition=Q(deleted_at=None)
            ),
            models.Index(
                fields=["customer", "happened_date"],
                name="interaction_contact",
                condition=Q(deleted_at=None, is_contact=True),
            ),
            models.Index(
                fields=["happened_at"], name="interaction_meetings", condition=Q(deleted_at=None, kind="meeting")
            ),
            models.Index(fields=["deleted_at"], name="interaction_deleted", condition=Q(deleted_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class CustomerFile(models.Model):
    """The file of an interaction of that kind. `media_type` is what its content says, not its sender."""

    interaction = models.OneToOneField(Interaction, on_delete=models.CASCADE, related_name="file")
    name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("type"), max_length=100)
    size_bytes = models.PositiveIntegerField(_("size in bytes"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="customer_file_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class FileContent(models.Model):
    """The bytes, in a table of their own that is read for a download alone (docs/adr/0007-files-in-the-database.md)."""

    file = models.OneToOneField(CustomerFile, on_delete=models.CASCADE, related_name="stored")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("content of a file")
        verbose_name_plural = _("contents of files")

    def __str__(self) -> str:
        return f"content of file {self.pk}"
