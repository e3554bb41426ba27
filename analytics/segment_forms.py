from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from customers.models import SavedFilter
from customers.view_forms import ViewForm


class SegmentForm(ViewForm):
    """Name and sharing of a segment."""

    name_taken = gettext_lazy("You have a segment of this name. Choose another name.")

    def namesakes(self) -> QuerySet[Any]:
        return SavedFilter.objects.living().filter(purpose=SavedFilter.Purpose.SEGMENT)
