"""A questionnaire has questions; an invitation brings it to a customer by a personal link; answers belong to both."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


def new_token() -> str:
    return secrets.token_urlsafe(24)


class Questionnaire(models.Model):
    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    title = models.CharField(_("title"), max_length=200)
    introduction = models.TextField(_("introduction"), blank=True)
    status = models.CharField(_("status"), max_length=6, choices=Status, default=Status.DRAFT)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title


class Question(models.Model):
    class Kind(models.TextChoices):
        SCALE = "scale", _("Scale")
        CHOICE = "choice", _("Choice")
        TEXT = "text", _("Free text")

    class Measure(models.TextChoices):
        """What a scale question measures, in the field's terms."""

        CSAT = "csat", _("Satisfaction (CSAT)")
        NPS = "nps", _("Recommendation (NPS)")
        CES = "ces", _("Effort (CES)")
        OTHER = "other", _("Other")

    class Facet(models.TextChoices):
        OVERALL = "overall", _("Overall")
        PRODUCT_QUALITY = "product_quality", _("Product quality")
        SERVICE_QUALITY = "service_quality", _("Service quality")
        PRICE_FAIRNESS = "price_fairness", _("Price fairness")

    questionnaire = models.ForeignKey(
        Questionnaire, verbose_name=_("questionnaire"), on_delete=models.CASCADE, related_name="questions"
    )
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("question"), max_length=400)
    kind = models.CharField(_("kind"), max_length=6, choices=Kind)
    measure = models.CharField(_("measures"), max_length=6, choices=Measure, default=Measure.OTHER)
    facet = models.CharField(_("about"), max_length=20, choices=Facet, default=Facet.OVERALL)
    lowest = models.SmallIntegerField(_("lowest value"), null=True, blank=True)
    highest = models.SmallIntegerField(_("highest value"), null=True, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True, help_text=_("A list of texts."))
    is_required = models.BooleanField(_("required"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["questionnaire", "position"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "position"], name="question_position_unique"),
            models.CheckConstraint(
                condition=~Q(kind="scale") | Q(lowest__isnull=False, highest__isnull=False, lowest__lt=F("highest")),
                name="question_scale_has_ends",
            ),
            models.CheckConstraint(
                condition=~Q(measure="nps") | Q(lowest=0, highest=10), name="question_nps_from_0_to_10"
            ),
            models.CheckConstraint(condition=~Q(kind="choice") | ~Q(choices=[]), name="question_choice_has_choices"),
        ]

    def __str__(self) -> str:
        return self.text


class Invitation(models.Model):
    questionnaire = models.ForeignKey(
        Questionnaire, verbose_name=_("questionnaire"), on_delete=models.CASCADE, related_name="invitations"
    )
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="survey_invitations"
    )
    token = models.CharField(max_length=40, default=new_token, unique=True, editable=False)
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["questionnaire", "customer"], name="invitation_once_a_customer"),
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire} → {self.customer}"


class Answer(models.Model):
    """One answer to one question; exactly one of `number` and `text` is filled (a choice is kept as its text)."""

    invitation = models.ForeignKey(
        Invitation, verbose_name=_("invitation"), on_delete=models.CASCADE, related_name="answers"
    )
    question = models.ForeignKey(Question, verbose_name=_("question"), on_delete=models.PROTECT, related_name="answers")
    number = models.SmallIntegerField(_("number"), null=True, blank=True)
    text = models.TextField(_("text"), blank=True)
    answered_at = models.DateTimeField(_("answered"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering = ["question__position"]
        constraints = [
            models.UniqueConstraint(fields=["invitation", "question"], name="answer_once"),
            models.CheckConstraint(
                condition=Q(number__isnull=False, text="") | (Q(number__isnull=True) & ~Q(text="")),
                name="answer_number_or_text",
            ),
        ]

    def __str__(self) -> str:
        return self.text or str(self.number)
