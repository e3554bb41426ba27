from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.visibility import Sight
from api.errors import Problem
from api.models import Scope
from api.serializers.customers import MASKABLE
from api.views.base import ApiView
from customers.access import visible_customer
from customers.models import Customer
from customers.unmasking import Secret
from protection.audit import log_access
from protection.audit.models import AccessLog
from protection.crypto import Undecryptable
from protection.fields import Sealed


class UnmaskBody(serializers.Serializer[Any]):
    member = serializers.ChoiceField(sorted(MASKABLE))
    reason = serializers.CharField(min_length=3, max_length=200)


class Unmasked(serializers.Serializer[Any]):
    member = serializers.CharField()
    values = serializers.ListField(child=serializers.DictField(child=serializers.CharField(allow_null=True)))


class CustomerUnmask(ApiView):
    scopes = {"POST": Scope.UNMASK}

    @extend_schema(request=UnmaskBody, responses=Unmasked)
    def post(self, request: Request, pk: int) -> Response:
        """Show what is hidden of one member. Who asked for it and why is kept in the log of accesses."""
        customer = visible_customer(self.sight, pk)
        asked = self.body(UnmaskBody)
        rows = [
            {secret.field: self._shown(secret, customer, asked["reason"]) for secret in secrets}
            for secrets in hidden_rows(customer, asked["member"], self.sight)
        ]
        return Response({"member": asked["member"], "values": rows})

    def _shown(self, secret: Secret, customer: Customer, reason: str) -> str | None:
        log_access(
            AccessLog.What.UNMASK,
            user=self.user,
            obj=secret.row,
            customer_id=customer.pk,
            field=secret.field,
            reason=reason,
        )
        try:
            value = secret.stored.reveal() if isinstance(secret.stored, Sealed) else secret.stored
        except Undecryptable:
            raise Problem("conflict", _("The key that this was encrypted with is not there.")) from None
        return None if value is None else str(value)


def hidden_rows(customer: Customer, member: str, sight: Sight) -> Iterator[list[Secret]]:
    """Of each row that the member shows, the fields that can be hidden. Raises PermissionDenied."""
    model, fields = MASKABLE[member]
    rows = [customer] if model is Customer else getattr(customer, member).filter(deleted_at=None).order_by("pk")
    for row in rows:
        secrets = [Secret(row, field) for field in fields]
        if not all(secret.may_be_asked_for_by(sight) for secret in secrets):
            raise PermissionDenied(_("Your role may not see this. Ask an admin of your organisation."))
        yield secrets
