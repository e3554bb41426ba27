from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Role, User
from api.models import Occasion, Scope, Token, Webhook, new_webhook_secret
from api.webhooks.addresses import RefusedAddress, parse
from api.webhooks.outbox import begin
from core.forms import PlainText


class TokenForm(PlainText, forms.Form):
    DAYS = [(7, _("A week")), (30, _("30 days")), (90, _("90 days")), (365, _("A year"))]

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("What it is for: “shop”, “nightly export”."))
    days = forms.TypedChoiceField(label=_("Valid for"), choices=DAYS, coerce=int, initial=90)
    scopes = forms.MultipleChoiceField(
        label=_("May"),
        choices=Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        initial=[Scope.READ],
        help_text=_("Never more than you may yourself."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if user.role != Role.ADMIN:
            choices = [choice for choice in Scope.choices if choice[0] != Scope.RECOMPUTE]
            self.fields["scopes"].choices = choices  # type: ignore[attr-defined]

    def issue(self) -> tuple[Token, str]:
        cleaned = self.cleaned_data
        expires_at = timezone.now() + dt.timedelta(days=cleaned["days"])
        return Token.issue(user=self.user, name=cleaned["name"], scopes=cleaned["scopes"], expires_at=expires_at)


class WebhookForm(PlainText, forms.ModelForm[Webhook]):
    occasions = forms.MultipleChoiceField(
        label=_("Told of"), choices=Occasion.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Webhook
        fields = ["name", "url", "occasions", "is_active"]
        help_texts = {"url": _("Begins with https://. Servers in a private network are refused.")}

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            parse(url)
        except RefusedAddress as refused:
            raise ValidationError(str(refused)) from None
        return url

    def save(self, commit: bool = True) -> Webhook:
        """A new one gets a secret. One that is switched on again begins anew with its failures."""
        if self.instance.pk is None:
            self.instance.secret = new_webhook_secret()
        if self.instance.is_active:
            self.instance.failures = 0
            begin()
        return super().save(commit=commit)
