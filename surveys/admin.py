from django.contrib import admin

from surveys.models import Answer, Invitation, Question, Questionnaire


class QuestionInline(admin.TabularInline[Question, Questionnaire]):
    model = Question
    extra = 1


@admin.register(Questionnaire)
class QuestionnaireAdmin(admin.ModelAdmin[Questionnaire]):
    list_display = ["title", "status", "created_at"]
    list_filter = ["status"]
    search_fields = ["title"]
    inlines = [QuestionInline]


class AnswerInline(admin.TabularInline[Answer, Invitation]):
    model = Answer
    extra = 0
    autocomplete_fields = ["question"]


@admin.register(Question)
class QuestionAdmin(admin.ModelAdmin[Question]):
    list_display = ["text", "questionnaire", "kind", "measure", "facet"]
    list_filter = ["kind", "measure", "facet"]
    search_fields = ["text"]


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin[Invitation]):
    list_display = ["questionnaire", "customer", "sent_at", "answered_at"]
    list_select_related = ["questionnaire", "customer"]
    raw_id_fields = ["customer"]
    search_fields = ["questionnaire__title"]
    show_full_result_count = False
    inlines = [AnswerInline]


@admin.register(Answer)
class AnswerAdmin(admin.ModelAdmin[Answer]):
    list_display = ["question", "invitation", "number", "text", "answered_at"]
    list_select_related = ["question", "invitation__questionnaire", "invitation__customer"]
    raw_id_fields = ["invitation"]
    show_full_result_count = False
