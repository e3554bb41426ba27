from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _

from customers.models import SavedFilter
from customers.view_forms import ViewForm


class SegmentForm(ViewForm):
    """Name and sharing of a segment."""

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        same = SavedFilter.objects.filter(purpose=SavedFilter.Purpose.SEGMENT, owner=self._owner_id, name__iexact=name)
        if same.exists():
            raise forms.ValidationError(_("You have a segment of this name. Choose another name."))
        return name
