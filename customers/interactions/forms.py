"""One form for each kind of interaction."""

from __future__ import annotations

import datetime as dt
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from core.forms import PlainText
from customers.interactions import files, mentions
from customers.models import Customer, Interaction

Kind = Interaction.Kind
EARLIEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
# Of clocks that differ a little.
SOON = dt.timedelta(minutes=5)
FARTHEST = dt.timedelta(days=3660)


class InstantInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, **kwargs: Any) -> None:
        # What the browser's own field speaks, whatever the language.
        super().__init__(format="%Y-%m-%dT%H:%M", **kwargs)


class Versioned(forms.Form):
    """`version` is what a row that is there already was read at."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def reopen_at(self, version: int) -> None:
        """Lets the same input be sent once more against that version: overwriting it is then a decision."""
        data = cast(QueryDict, self.data).copy()
        data["version"] = str(version)
        self.data = data


class MentioningText(forms.Form):
    """For a form with a field `text`: who is named in it (`mentioned`) must see the customer."""

    customer: Customer
    mentioned: list[User]

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"].strip()
        self.mentioned = mentions.mentioned_in(text)
        if strangers := mentions.who_may_not_see(self.customer, self.mentioned):
            raise ValidationError(
                ngettext(
                    "%(names)s may not see this customer, and so cannot be mentioned here: take the @ away.",
                    "%(names)s may not see this customer, and so cannot be mentioned here: take each @ away.",
                    len(strangers),
                ),
                params={"names": ", ".join(user.name for user in strangers)},
            )
        return text


class InteractionForm(PlainText, Versioned, MentioningText, forms.ModelForm[Interaction]):
    """Of one customer, by somebody who may edit them."""

    class Meta:
        model = Interaction
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 3}), "happened_at": InstantInput()}

    def __init__(self, *args: Any, customer: Customer, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.customer, self.by = customer, by
        self.mentioned = []
        self.initial["version"] = self.instance.version if self.instance.pk else None
        if "happened_at" in self.fields and not self.instance.pk:
            self.initial.setdefault("happened_at", timezone.localtime().replace(second=0, microsecond=0))
        text = self.fields["text"]
        text.required = self.Meta.fields == ["text"]
        text.widget.attrs |= {"data-mentions": "", "placeholder": self.placeholder()}

    def placeholder(self) -> str:
        return gettext("@ and a name tells a colleague")

    def clean_happened_at(self) -> dt.datetime:
        moment: dt.datetime = self.cleaned_data["happened_at"]
        if moment < EARLIEST:
            raise ValidationError(_("This is before 1990. Check the year."))
        if moment > timezone.now() + self.latest():
            raise ValidationError(_("This time is still to come."))
        return moment

    def latest(self) -> dt.timedelta:
        return SOON


class NoteForm(InteractionForm):
    pass


class CallForm(InteractionForm):
    class Meta(InteractionForm.Meta):
        fields = ["direction", "outcome", "happened_at", "duration_minutes", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _require(self, "direction", Interaction.Direction.choices)
        _require(self, "outcome", Interaction.Outcome.choices)
        _limit_duration(self)


class MeetingForm(InteractionForm):
    class Meta(InteractionForm.Meta):
        fields = ["title", "happened_at", "duration_minutes", "place", "attendees", "contact_people", "text"]
        widgets = {
            **InteractionForm.Meta.widgets,
            "attendees": forms.CheckboxSelectMultiple(),
            "contact_people": forms.CheckboxSelectMultiple(),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.initial["attendees"] = [self.by.pk]
        self.fields["title"].label = _("What about")
        _limit_duration(self)
        attendees: Any = self.fields["attendees"]
        known = list(self.instance.attendees.values_list("pk", flat=True)) if self.instance.pk else []
        attendees.queryset = (User.objects.filter(is_active=True) | User.objects.filter(pk__in=known)).order_by("name")
        people: Any = self.fields["contact_people"]
        people.queryset = self.customer.contact_people.all()
        if not people.queryset.exists():
            del self.fields["contact_people"]

    def latest(self) -> dt.timedelta:
        """A meeting is planned."""
        return FARTHEST


class EmailForm(InteractionForm):
    class Meta(InteractionForm.Meta):
        fields = ["direction", "title", "happened_at", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _require(self, "direction", Interaction.Direction.choices)
        self.fields["title"].required = True


class FileForm(InteractionForm):
    """The file stays what it is: for another one a new entry is made."""

    upload = forms.FileField(label=_("File"), help_text=_("PDF, pictures, documents, tables and text, up to 10 MB."))

    class Meta(InteractionForm.Meta):
        fields = ["text"]

    field_order = ["upload", "text"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = False
        if self.instance.pk:
            del self.fields["upload"]

    def clean_upload(self) -> files.CheckedFile:
        return files.checked(self.cleaned_data["upload"])


FORMS: dict[str, type[InteractionForm]] = {
    Kind.NOTE: NoteForm,
    Kind.CALL: CallForm,
    Kind.MEETING: MeetingForm,
    Kind.EMAIL: EmailForm,
    Kind.FILE: FileForm,
}


def _require(form: InteractionForm, name: str, choices: Any) -> None:
    """Of a column that may be empty for other kinds: the first choice stands there, and none is no answer."""
    field: Any = form.fields[name]
    field.required = True
    field.choices = choices
    form.initial[name] = form.initial.get(name) or choices[0][0]


def _limit_duration(form: InteractionForm) -> None:
    field: Any = form.fields["duration_minutes"]
    field.max_value = 1440
    field.widget.attrs |= {"min": 0, "max": 1440}
