"""Files of customers: `people`, one row each."""

from __future__ import annotations

from imports.checks import name_problems
from imports.statements import run

PEOPLE = """
CREATE UNLOGGED TABLE people AS
SELECT row_number, customer, name, customer_kind, sex, birth_date, annual_income, education, profile_text, lifecycle,
       came_from, website, owner, organisation, referred_by, customer_since, email, phone, street, postal_code, city,
       coalesce(region, country_unknown) AS region, nullif(country, '') AS country, tags, NULL::timestamptz AS as_of,
       faults, flaws
FROM parsed
"""

REPEATED = """
WITH repeated AS (
    SELECT row_number, customer
    FROM (SELECT row_number, customer, row_number() OVER (PARTITION BY customer ORDER BY row_number) AS times
          FROM people WHERE faults IS NULL) AS numbered
    WHERE times > 1
)
INSERT INTO problems (row_number, field, reason, value)
SELECT row_number, 'customer', 'repeated', customer FROM repeated
"""

LEAVE_OUT = "DELETE FROM people USING problems WHERE people.row_number = problems.row_number AND is_rejected"


def check() -> None:
    run(PEOPLE)
    name_problems("people")
    run(REPEATED)
    run(LEAVE_OUT)
    run("ANALYZE people")
