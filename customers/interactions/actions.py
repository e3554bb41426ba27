"""Writing down what was done with a customer, and taking it back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import User
from core.dates import day_of
from core.models import OrganisationSettings
from customers.interactions import notices
from customers.interactions.files import CheckedFile
from customers.interactions.forms import InteractionForm
from customers.models import Customer, CustomerFile, FileContent, Interaction


class StaleInteraction(Exception):
    """Somebody else saved it after this form was opened; `current` is what they left."""

    def __init__(self, current: Interaction) -> None:
        super().__init__(f"interaction {current.pk} is at version {current.version} by now")
        self.current = current


def add_interaction(*, form: InteractionForm, kind: str, customer: Customer, by: User) -> Interaction:
    """Saves a checked form as a new entry, with its file, and tells who is mentioned."""
    interaction = form.instance
    interaction.kind, interaction.customer, interaction.author = kind, customer, by
    if interaction.happened_at is None:
        interaction.happened_at = timezone.now()
    with transaction.atomic():
        _save(form)
        upload = form.cleaned_data.get("upload")
        if upload is not None:
            _keep(interaction, upload)
        interaction.mentions.set(form.mentioned)
        notices.tell_mentioned(interaction, form.mentioned, by=by)
    return interaction


def edit_interaction(*, form: InteractionForm, by: User) -> Interaction:
    """Saves a checked form over the entry it was opened on; who is mentioned for the first time is told.

    Raises StaleInteraction.
    """
    interaction = form.instance
    opened_version = form.cleaned_data["version"] or 0
    with transaction.atomic():
        raised = Interaction.objects.filter(pk=interaction.pk, version=opened_version, deleted_at=None)
        if not raised.update(version=F("version") + 1):
            raise StaleInteraction(Interaction.objects.select_related("author").get(pk=interaction.pk))
        interaction.version, interaction.edited_at = opened_version + 1, timezone.now()
        known = set(interaction.mentions.values_list("pk", flat=True))
        _save(form)
        interaction.mentions.set(form.mentioned)
        notices.tell_mentioned(interaction, [user for user in form.mentioned if user.pk not in known], by=by)
    return interaction


def _save(form: InteractionForm) -> None:
    form.instance.happened_date = day_of(form.instance.happened_at, OrganisationSettings.current().zone)
    form.save()


def _keep(interaction: Interaction, upload: CheckedFile) -> None:
    file = CustomerFile.objects.create(
        interaction=interaction, name=upload.name, media_type=upload.media_type, size_bytes=len(upload.content)
    )
    FileContent.objects.create(file=file, content=upload.content)


def delete_interaction(*, interaction: Interaction) -> None:
    """Marks it; it can be brought back until the retention rule takes it."""
    Interaction.objects.filter(pk=interaction.pk, deleted_at=None).update(deleted_at=Now(), version=F("version") + 1)


def restore_interaction(*, interaction: Interaction) -> None:
    Interaction.objects.filter(pk=interaction.pk).update(deleted_at=None, version=F("version") + 1)
