"""How programs come in (tokens), and how they are told what happened (webhooks and their deliveries)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from protection.fields import EncryptedTextField

SECRET_PREFIX = "mcrm_"  # noqa: S105  # what a secret begins with, so that a scanner of source code knows one
SHOWN_CHARACTERS = len(SECRET_PREFIX) + 6
LONGEST_LIFE = dt.timedelta(days=366)


class Scope(models.TextChoices):
    """What a token may be used for. It never lets anybody do more than they may in the browser."""

    READ = "read", _("Read")
    WRITE = "write", _("Create, change and delete records")
    INGEST = "ingest", _("Send events in batches")
    RECOMPUTE = "recompute", _("Start recomputations")
    UNMASK = "unmask", _("Show hidden values, one at a time")


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class TokenQuerySet(models.QuerySet["Token"]):
    def usable(self) -> Self:
        """Neither expired nor revoked, of somebody who may log in."""
        return self.filter(expires_at__gt=timezone.now(), revoked_at=None, user__is_active=True)

    def visible_to(self, user: User) -> Self:
        """One's own; an admin's are all."""
        return self.all() if user.is_admin else self.filter(user=user)


class Token(models.Model):
    """Lets a program act as a person, within scopes and until a day. Of the secret only a hash is kept: it is random
    and long, so that needs no salt and no slow hash."""

    user = models.ForeignKey(User, verbose_name=_("user"), on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=80, help_text=_("What it is for: “shop”, “nightly export”."))
    beginning = models.CharField(max_length=SHOWN_CHARACTERS, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope), verbose_name=_("may"))
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = TokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        ordering = ["-created_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values) & ~Q(scopes=[]), name="api_token_scopes_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__lte=F("created_at") + LONGEST_LIFE), name="api_token_expires_within_a_year"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def issue(cls, *, user: User, name: str, scopes: list[str], expires_at: dt.datetime) -> tuple[Self, str]:
        """A new token and its secret, which nobody can show a second time."""
        secret = SECRET_PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(
            user=user,
            name=name,
            scopes=scopes,
            expires_at=expires_at,
            beginning=secret[:SHOWN_CHARACTERS],
            digest=digest_of(secret),
        )
        return token, secret

    @property
    def is_usable(self) -> bool:
        return self.revoked_at is None and self.expires_at > timezone.now()

    def allows(self, scope: str) -> bool:
        return scope in self.scopes


class Occasion(models.TextChoices):
    """What a webhook can be told of."""

    CUSTOMER_CREATED = "customer.created", _("Customer created")
    CUSTOMER_CHANGED = "customer.changed", _("Customer changed")
    CUSTOMER_DELETED = "customer.deleted", _("Customer deleted")
    ORDER_CREATED = "order.created", _("Order created")
    ORDER_CHANGED = "order.changed", _("Order changed")
    REFUND_CREATED = "refund.created", _("Refund created")
    PRODUCT_CREATED = "product.created", _("Product created")
    PRODUCT_CHANGED = "product.changed", _("Product changed")
    EVENTS_ADDED = "event.created", _("Event recorded")
    ANSWERS_ADDED = "survey.answered", _("Survey answered")
    RUN_PUBLISHED = "run.published", _("Results published")


# Sent by the “Test” button alone.
TEST = "webhook.test"


def new_webhook_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


class Webhook(models.Model):
    """An address of another program that wants to know what happens here."""

    name = models.CharField(_("name"), max_length=80)
    url = models.CharField(_("address"), max_length=500, help_text=_("Begins with https://"))
    occasions = ArrayField(models.CharField(max_length=20, choices=Occasion), verbose_name=_("told of"))
    secret = EncryptedTextField(_("secret"), help_text=_("Signs each delivery, so that the receiver knows it is ours."))
    owner = models.ForeignKey(
        User, verbose_name=_("made by"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_active = models.BooleanField(_("active"), default=True)
    failures = models.PositiveIntegerField(_("failures in a row"), default=0, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(occasions__contained_by=Occasion.values) & ~Q(occasions=[]), name="webhook_occasions_known"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One thing that a webhook is told: which kind and which ids, never what is in the records.

    `change_id` is the line of the audit trail it comes from. `delivered_at` or `given_up_at` ends it; until then it is
    tried at `next_attempt_at`.
    """

    webhook = models.ForeignKey(
        Webhook, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    change_id = models.BigIntegerField(null=True)
    occasion = models.CharField(_("of what"), max_length=20)
    payload: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("content"))
    created_at = models.DateTimeField(_("happened"), default=timezone.now)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)
    response_status = models.PositiveSmallIntegerField(_("answer"), null=True)
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["webhook", "change_id", "occasion"], name="delivery_once_a_change"),
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_by_webhook"),
            models.Index(
                fields=["next_attempt_at"],
                name="delivery_due",
                condition=Q(delivered_at=None, given_up_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.occasion} → {self.webhook}"

    @property
    def is_over(self) -> bool:
        return self.delivered_at is not None or self.given_up_at is not None


class Outbox(models.Model):
    """How far the audit trail has been read for webhooks: the one row of this table.

    Read up to the line (transaction_id, change_id). No line up to `floor` is still to come; the same is true up to
    `next_floor` once every transaction before `next_floor_xid` is over.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    transaction_id = models.BigIntegerField(default=0)
    change_id = models.BigIntegerField(default=0)
    floor = models.BigIntegerField(default=0)
    next_floor = models.BigIntegerField(default=0)
    next_floor_xid = models.BigIntegerField(default=0)

    class Meta:
        verbose_name = _("reading of the trail")
        verbose_name_plural = _("readings of the trail")
        constraints = [models.CheckConstraint(condition=Q(id=1), name="outbox_single_row")]

    def __str__(self) -> str:
        return str(self.change_id)
