"""Mails about an account, in the language of whom they go to."""

from __future__ import annotations

import logging
from smtplib import SMTPException
from threading import Thread
from typing import Literal

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from accounts.models import User
from core.addresses import for_mail, origin_of
from core.models import OrganisationSettings

logger = logging.getLogger(__name__)

MAIL_THREAD = "mail"


def password_link(request: HttpRequest, user: User) -> str:
    """Where the user sets a password: once, and for as long as PASSWORD_RESET_TIMEOUT says."""
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    return for_mail(reverse("account_reset_password_from_key", kwargs=key), origin=origin_of(request))


def password_mail(request: HttpRequest, user: User, *, kind: Literal["password_reset", "invitation"]) -> EmailMessage:
    words = {
        "user": user,
        "link": password_link(request, user),
        "organisation": OrganisationSettings.current(),
        "days": settings.PASSWORD_RESET_TIMEOUT // 86400,
    }
    with translation.override(user.language or translation.get_language()):
        subject = render_to_string(f"accounts/mail/{kind}_subject.txt", words)
        body = render_to_string(f"accounts/mail/{kind}.txt", words)
    return EmailMessage(" ".join(subject.split()), body, to=[user.email])


def send_in_background(mail: EmailMessage) -> None:
    """Nobody waits for the mail server: how long it takes would tell that there is an account."""
    Thread(target=send, args=[mail], name=MAIL_THREAD).start()


def send(mail: EmailMessage) -> bool:
    """False where the mail server refused it. The log says why, without the address."""
    try:
        mail.send()
    except (OSError, SMTPException) as error:
        logger.error("A mail could not be sent: %s", type(error).__name__)
        return False
    return True
