"""Unread notifications by e-mail, once a day at an hour of the reader's own clock. `jobs.digests` sends them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from core.addresses import for_mail
from core.models import OrganisationSettings
from notifications import reading
from notifications.models import Digest

MOST_LINES = 50


def choose_hour(user: User, hour: int | None) -> None:
    if hour is None:
        Digest.objects.filter(user=user).delete()
    else:
        Digest.objects.update_or_create(user=user, defaults={"hour": hour})


def hour_of(user: User) -> int | None:
    return Digest.objects.filter(user=user).values_list("hour", flat=True).first()


def due(now: dt.datetime) -> Iterator[tuple[Digest, dt.date]]:
    """Whose hour has come today on their own clock, with that day."""
    for digest in Digest.objects.filter(user__is_active=True).select_related("user").order_by("pk"):
        local = now.astimezone(digest.user.zone)
        if local.hour >= digest.hour and (digest.sent_date is None or digest.sent_date < local.date()):
            yield digest, local.date()


def mail_for(user: User) -> EmailMessage | None:
    """None where there is nothing unread. It says what the page would: hidden values are in neither."""
    organisation = OrganisationSettings.current()
    with translation.override(user.language or settings.LANGUAGE_CODE), timezone.override(user.zone):
        newest = list(reading.unread(user).order_by("-pk")[: MOST_LINES + 1])
        if not newest:
            return None
        context = {
            "user": user,
            "organisation": organisation,
            "lines": [(line, for_mail(line.words.url)) for line in reading.lines(newest[:MOST_LINES], user)],
            "has_more": len(newest) > MOST_LINES,
            "page_url": for_mail(reverse("notifications:list")),
            "profile_url": for_mail(reverse("accounts:profile")),
        }
        body = render_to_string("notifications/mail/digest.txt", context)
        return EmailMessage(_("Your notifications at %(name)s") % {"name": organisation.name}, body, to=[user.email])


def mark_sent(digest: Digest, day: dt.date) -> bool:
    """Whether it is this caller's to send: of two only one gets a yes for the same day."""
    earlier = Digest.objects.filter(pk=digest.pk, sent_date=digest.sent_date)
    return bool(earlier.update(sent_date=day))
