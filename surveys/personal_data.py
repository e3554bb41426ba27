"""What the fields of this app's models hold; see `protection.classification`."""

from protection.classification import Rows, classify, personal
from surveys.models import Answer, Invitation, Question, Questionnaire

classify(Questionnaire, none="title introduction status created_at")
classify(Question, none="questionnaire position text kind measure facet lowest highest choices is_required")
classify(
    Invitation,
    subject="customer",
    rows=Rows.DELETE,
    none="questionnaire customer sent_at expires_at created_at",
    token=personal(),
    answered_at=personal(),
)
classify(
    Answer,
    subject="invitation__customer",
    rows=Rows.DELETE,
    none="invitation question answered_at",
    number=personal(),
    text=personal(),
)
