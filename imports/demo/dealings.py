"""What the demo's salespeople did with their customers, and what they have still to do.

Everything follows from the customer's number: no draw of its own, so the rest of the demo stays what it was.
Of every `EVERY`th customer with an owner there are one to four interactions in the year before the demo ends, and of
every third of these a task, due from a week before to two weeks after that day; one task in five is done. At most
`MOST` customers have any.
"""

from __future__ import annotations

from typing import Any

from django.db import connection

from customers.models import Interaction, Task
from imports.demo.plan import DemoPlan

EVERY, MOST, DAYS = 5, 20_000, 365
KINDS = ("call", "email", "note", "meeting", "call")
TEXTS = (
    "Asked for a new offer in autumn.",
    "Happy with the last delivery.",
    "Wants to hear of new articles.",
    "Will decide with a colleague next month.",
    "价格合适,想先看样品。",
    "Möchte im Frühjahr wieder bestellen.",
)
TITLES = ("Send the offer", "Call back", "Ask about the delivery", "Arrange a visit")

CHOSEN = """
SELECT id, owner_id, (row_number() OVER (ORDER BY id))::int AS place FROM customers_customer
WHERE owner_id IS NOT NULL AND kind IN ('person', 'organisation') AND id %% %(every)s = 0 ORDER BY id LIMIT %(most)s
"""

INTERACTIONS = f"""
INSERT INTO customers_interaction (id, customer_id, kind, author_id, happened_at, happened_date, title, text, direction,
                                   outcome, duration_minutes, place, version, created_at)
SELECT row_number() OVER (ORDER BY id, number), id, kind, owner_id,
       (day + make_interval(hours => 9 + (place + number) %% 8, mins => place %% 60)) AT TIME ZONE %(zone)s, day,
       CASE kind WHEN 'email' THEN 'Offer' WHEN 'meeting' THEN 'Visit' ELSE '' END,
       (%(texts)s::text[])[1 + (place + number) %% cardinality(%(texts)s::text[])],
       CASE WHEN kind IN ('call', 'email') THEN (ARRAY['out', 'in'])[1 + (place + number) %% 2] ELSE '' END,
       CASE kind WHEN 'call' THEN (ARRAY['reached', 'reached', 'no_answer', 'message'])[1 + place %% 4] ELSE '' END,
       CASE WHEN kind IN ('call', 'meeting') THEN 5 + place %% 50 END, '', 1,
       (day + interval '18 hours') AT TIME ZONE %(zone)s
FROM (
    SELECT chosen.*, number, (%(kinds)s::text[])[1 + (place + number) %% cardinality(%(kinds)s::text[])] AS kind,
           %(until)s::date - 1 - (place * 37 + number * 91) %% %(days)s AS day
    FROM ({CHOSEN}) AS chosen CROSS JOIN LATERAL generate_series(0, place %% 4) AS number
) AS written
"""  # noqa: S608  # out of our own words

TASKS = f"""
INSERT INTO customers_task (id, customer_id, title, text, owner_id, author_id, priority, due_date, due_at, reminder,
                            remind_at, reminded_at, done_at, done_by_id, version,
                            created_at)
SELECT row_number() OVER (ORDER BY id), id,
       (%(titles)s::text[])[1 + place %% cardinality(%(titles)s::text[])], '', owner_id, owner_id, 1 + place %% 3,
       day, (day + 1)::timestamp AT TIME ZONE %(zone)s, 'due', remind_at,
       CASE WHEN day <= %(until)s::date THEN remind_at END,
       CASE WHEN place %% 5 = 0 THEN remind_at END,
       CASE WHEN place %% 5 = 0 THEN owner_id END, 1, remind_at - interval '9 days'
FROM (
    SELECT chosen.*, day, (day + interval '9 hours') AT TIME ZONE %(zone)s AS remind_at
    FROM ({CHOSEN}) AS chosen CROSS JOIN LATERAL (SELECT %(until)s::date - 7 + place * 13 %% 22 AS day) AS planned
    WHERE place %% 3 = 0
) AS written
"""  # noqa: S608  # out of our own words


def write_dealings(plan: DemoPlan) -> dict[str, int]:
    """Once the customers are written; how many rows of each table."""
    params: dict[str, Any] = {
        "every": EVERY,
        "most": MOST,
        "days": DAYS,
        "until": plan.until,
        "zone": plan.zone.key,
        "kinds": list(KINDS),
        "texts": list(TEXTS),
        "titles": list(TITLES),
    }
    counts = {}
    with connection.cursor() as cursor:
        for model, statement in ((Interaction, INTERACTIONS), (Task, TASKS)):
            cursor.execute(statement, params)
            counts[model._meta.db_table] = cursor.rowcount
    return counts
