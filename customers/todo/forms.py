from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.forms import PlainText
from customers.forms import DateInput
from customers.interactions.forms import MentioningText, Versioned
from customers.models import Customer, Task

EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2200, 1, 1)


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%H:%M", **kwargs)


def plausible(day: dt.date) -> dt.date:
    if not EARLIEST <= day < LATEST:
        raise ValidationError(_("This is out of the calendar: from 2000 to 2199."))
    return day


class TaskForm(PlainText, Versioned, MentioningText, forms.ModelForm[Task]):
    """Of one customer, for somebody who may see them."""

    class Meta:
        model = Task
        fields = ["title", "due_date", "due_time", "owner", "priority", "reminder", "text"]
        widgets = {"due_date": DateInput(), "due_time": TimeInput(), "text": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer = customer
        self.mentioned = []
        self.initial["version"] = self.instance.version if self.instance.pk else None
        if not self.instance.pk:
            self.initial.update(due_date=timezone.localdate() + dt.timedelta(days=1), owner=by.pk)
        owner: Any = self.fields["owner"]
        owner.queryset = User.objects.filter(is_active=True) | User.objects.filter(pk=self.instance.owner_id or 0)
        owner.required, owner.empty_label = True, None
        self.fields["text"].required = False

    def clean_title(self) -> str:
        return " ".join(self.cleaned_data["title"].split())

    def clean_due_date(self) -> dt.date:
        return plausible(self.cleaned_data["due_date"])

    def clean_owner(self) -> User:
        owner: User = self.cleaned_data["owner"]
        if not owner.sight.may_see(self.customer):
            raise ValidationError(
                _("%(name)s may not see this customer: choose somebody who does."), params={"name": owner.name}
            )
        return owner


class RescheduleForm(forms.Form):
    due_date = forms.DateField(widget=DateInput(), label=_("Due"))
    due_time = forms.TimeField(required=False, widget=TimeInput(), label=_("Time"))

    def clean_due_date(self) -> dt.date:
        return plausible(self.cleaned_data["due_date"])
