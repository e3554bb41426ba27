"""What becomes of invitations and answers of a customer whose record is merged.

Of a questionnaire to which both were invited the survivor's invitation stays theirs; answers that were given to the
other one go over to it, unless the survivor has answered as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from customers.merging.steps import Link, Moves, Pair, registry
from customers.models import MergedRows
from surveys.models import Answer, Invitation

# The other one's answers, where the survivor's invitation to the same questionnaire has none.
MOVE_ANSWERS = """
WITH both_invited AS (
    SELECT ours.id AS ours, theirs.id AS theirs, theirs.answered_at
    FROM surveys_invitation ours JOIN surveys_invitation theirs ON theirs.questionnaire_id = ours.questionnaire_id
    WHERE ours.customer_id = %(survivor)s AND theirs.customer_id = %(absorbed)s AND ours.answered_at IS NULL
      AND NOT EXISTS (SELECT FROM surveys_answer a WHERE a.invitation_id = ours.id)
      AND EXISTS (SELECT FROM surveys_answer a WHERE a.invitation_id = theirs.id)
), answered AS (
    UPDATE surveys_invitation SET answered_at = both_invited.answered_at
    FROM both_invited WHERE surveys_invitation.id = both_invited.ours RETURNING both_invited.ours
), touched AS (
    UPDATE surveys_answer SET invitation_id = both_invited.ours
    FROM both_invited WHERE surveys_answer.invitation_id = both_invited.theirs RETURNING surveys_answer.id
)
INSERT INTO customers_mergedrows (merge_id, absorbed_id, table_name, "column", effect, row_ids)
SELECT %(merge)s, %(absorbed)s, 'surveys_answer', 'invitation_id', 'moved', array_agg(id ORDER BY id)
FROM touched HAVING count(*) > 0 RETURNING cardinality(row_ids)
"""

MOVE_BACK = """
WITH touched AS (
    UPDATE surveys_answer SET invitation_id = theirs.id
    FROM surveys_invitation ours JOIN surveys_invitation theirs ON theirs.questionnaire_id = ours.questionnaire_id
    WHERE surveys_answer.id = ANY (%(moved)s) AND surveys_answer.invitation_id = ours.id
      AND ours.customer_id = %(survivor)s AND theirs.customer_id = %(absorbed)s
    RETURNING ours.id
)
UPDATE surveys_invitation SET answered_at = NULL WHERE id IN (SELECT id FROM touched)
"""


def register() -> None:
    """Called once, by `SurveysConfig.ready`."""
    registry.add(MovesInvitations(Moves(Invitation, same_by=("questionnaire_id",))))


@dataclass(frozen=True)
class MovesInvitations:
    invitations: Moves

    @property
    def links(self) -> Sequence[Link]:
        return self.invitations.links

    def count(self, absorbed_ids: Sequence[int]) -> int:
        return self.invitations.count(absorbed_ids)

    def merge(self, pair: Pair) -> int:
        with connection.cursor() as cursor:
            cursor.execute(MOVE_ANSWERS, _params(pair))
        return self.invitations.merge(pair)

    def undo(self, pair: Pair) -> Iterator[str]:
        yield from self.invitations.undo(pair)
        notes = MergedRows.objects.filter(
            merge=pair.merge, absorbed_id=pair.absorbed_id, table_name=Answer._meta.db_table
        )
        for moved in notes.values_list("row_ids", flat=True):
            with connection.cursor() as cursor:
                cursor.execute(MOVE_BACK, {**_params(pair), "moved": moved})


def _params(pair: Pair) -> dict[str, int]:
    return {"merge": pair.merge.pk, "survivor": pair.survivor_id, "absorbed": pair.absorbed_id}
