"""What the trail follows of this app's tables; see `protection.audit.trail`."""

from protection.audit.trail import FACTS, audit
from surveys.models import Answer, Invitation, Question, Questionnaire

audit(Questionnaire)
audit(Question)
audit(Invitation, bulk_above=FACTS, skipped="token")
audit(Answer, bulk_above=FACTS)
