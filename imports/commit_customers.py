"""Customers out of `people`: found by their number in the source, made where they are new, changed where they differ.

A file of customers is the truth about what it says; an empty cell says nothing. A file of orders or of events
(`fill_only`) speaks of customers by the way: it makes those that are missing and fills in what nobody has said yet.
Only an address it brings anew, when it knows of a later order than any before.
"""

from __future__ import annotations

from django.utils.translation import gettext as _

from imports.statements import Params, Tally, run

IDENTIFIED = """
CREATE UNLOGGED TABLE identified AS
SELECT people.customer,
       coalesce(known.customer_id, nextval(pg_get_serial_sequence('customers_customer', 'id'))) AS customer_id,
       known.customer_id IS NULL AS is_new
FROM people
LEFT JOIN customers_customerexternalid AS known
    ON known.source = %(source)s AND known.value = people.customer AND known.deleted_at IS NULL
"""

# Employers and referrers may stand in the same file, or be known already.
TARGETS = """
CREATE UNLOGGED TABLE customer_targets AS
SELECT people.customer, people.row_number, identified.customer_id, identified.is_new,
       CASE WHEN length(crm_sort_key(people.name)) BETWEEN 1 AND 400 THEN people.name END AS name,
       replace(%(unnamed)s, '{number}', left(people.customer, 80)) AS fallback_name,
       customer_kind AS kind, sex, birth_date, annual_income, education, profile_text, lifecycle, came_from, website,
       customer_since, people.email, phone, street, postal_code, city, region, country, tags,
       accounts_user.id AS owner_id, accounts_user.team_id,
       nullif(coalesce(employer.customer_id, known_employer.customer_id), identified.customer_id) AS organisation_id,
       nullif(coalesce(referrer.customer_id, known_referrer.customer_id), identified.customer_id) AS referred_by_id,
       %(fill_only)s AND customer_since IS NOT NULL AS buys,
       as_of > (
           SELECT max(at) FROM (
               SELECT max(ordered_at) AS at FROM customers_order AS o WHERE o.customer_id = identified.customer_id
               UNION ALL SELECT max(refunded_at) FROM customers_refund AS r WHERE r.customer_id = identified.customer_id
           ) AS documents
       ) IS NOT FALSE AS is_news
FROM people
JOIN identified USING (customer)
LEFT JOIN accounts_user ON accounts_user.email = lower(people.owner)
LEFT JOIN identified AS employer ON employer.customer = people.organisation
LEFT JOIN identified AS referrer ON referrer.customer = people.referred_by
LEFT JOIN customers_customerexternalid AS known_employer
    ON known_employer.source = %(source)s AND known_employer.value = people.organisation
   AND known_employer.deleted_at IS NULL
LEFT JOIN customers_customerexternalid AS known_referrer
    ON known_referrer.source = %(source)s AND known_referrer.value = people.referred_by
   AND known_referrer.deleted_at IS NULL
"""

UNKNOWN_PEOPLE = """
INSERT INTO problems (row_number, field, reason, value, is_rejected)
SELECT people.row_number, field, reason, value, false
FROM people JOIN customer_targets USING (customer) CROSS JOIN LATERAL (VALUES
    ('owner', 'unknown_owner', people.owner, customer_targets.owner_id),
    ('organisation', 'unknown_customer', people.organisation, customer_targets.organisation_id),
    ('referred_by', 'unknown_customer', people.referred_by, customer_targets.referred_by_id)
) AS named (field, reason, value, found)
WHERE value IS NOT NULL AND found IS NULL
"""

INSERT = """
INSERT INTO customers_customer
    (id, kind, name, sex, birth_date, annual_income, education, profile_text, lifecycle, source, website,
     owner_id, team_id, organisation_id, referred_by_id, customer_since, created_at, updated_at, version)
SELECT customer_id, coalesce(kind, 'person'), coalesce(name, fallback_name), coalesce(sex, ''), birth_date,
       annual_income, coalesce(education, ''), coalesce(profile_text, ''),
       CASE WHEN buys THEN 'customer' ELSE coalesce(lifecycle, 'lead') END, coalesce(came_from, %(source)s),
       coalesce(website, ''), owner_id, team_id,
       CASE WHEN coalesce(kind, 'person') = 'person' THEN organisation_id END, referred_by_id, customer_since,
       now(), now(), 1
FROM customer_targets WHERE is_new ORDER BY customer_id
"""

EXTERNAL_IDS = """
INSERT INTO customers_customerexternalid (customer_id, source, value)
SELECT customer_id, %(source)s, customer FROM identified WHERE is_new ORDER BY customer_id
"""

UPDATE = """
UPDATE customers_customer AS customer
SET kind = wanted.kind, name = wanted.name, sex = wanted.sex, birth_date = wanted.birth_date,
    annual_income = wanted.annual_income, education = wanted.education, profile_text = wanted.profile_text,
    lifecycle = wanted.lifecycle, source = wanted.source, website = wanted.website, owner_id = wanted.owner_id,
    organisation_id = wanted.organisation_id, referred_by_id = wanted.referred_by_id,
    customer_since = wanted.customer_since, version = customer.version + 1, updated_at = now()
FROM (
    SELECT known.id, settled.kind,
           CASE WHEN %(fill_only)s AND known.name <> fallback_name THEN known.name
                ELSE coalesce(target.name, known.name) END AS name,
           coalesce(target.sex, known.sex) AS sex, coalesce(target.birth_date, known.birth_date) AS birth_date,
           coalesce(target.annual_income, known.annual_income)::numeric(14, 2) AS annual_income,
           coalesce(target.education, known.education) AS education,
           coalesce(target.profile_text, known.profile_text) AS profile_text,
           CASE WHEN buys AND known.lifecycle IN ('lead', 'prospect') THEN 'customer'
                ELSE coalesce(target.lifecycle, known.lifecycle) END AS lifecycle,
           coalesce(target.website, known.website) AS website,
           coalesce(target.came_from, known.source) AS source, coalesce(target.owner_id, known.owner_id) AS owner_id,
           CASE WHEN settled.kind = 'person' THEN coalesce(target.organisation_id, known.organisation_id)
                END AS organisation_id,
           coalesce(target.referred_by_id, known.referred_by_id) AS referred_by_id,
           CASE WHEN %(fill_only)s THEN least(known.customer_since, target.customer_since)
                ELSE coalesce(target.customer_since, known.customer_since) END AS customer_since
    FROM customer_targets AS target JOIN customers_customer AS known ON known.id = target.customer_id
    CROSS JOIN LATERAL (SELECT CASE
        -- Whoever belongs to an organisation is a person.
        WHEN %(fill_only)s OR known.organisation_id IS NOT NULL THEN known.kind
        ELSE coalesce(target.kind, known.kind) END AS kind) AS settled
    WHERE NOT target.is_new
) AS wanted
WHERE customer.id = wanted.id
  AND (customer.kind, customer.name, customer.sex, customer.birth_date, customer.annual_income, customer.education,
       customer.profile_text, customer.lifecycle, customer.source, customer.website, customer.owner_id,
       customer.organisation_id, customer.referred_by_id, customer.customer_since)
      IS DISTINCT FROM
      (wanted.kind, wanted.name, wanted.sex, wanted.birth_date, wanted.annual_income, wanted.education,
       wanted.profile_text, wanted.lifecycle, wanted.source, wanted.website, wanted.owner_id,
       wanted.organisation_id, wanted.referred_by_id, wanted.customer_since)
"""


def commit(source: str, *, fill_only: bool) -> Tally:
    params: Params = {"source": source, "fill_only": fill_only, "unnamed": _("Customer {number}")}
    found = run(IDENTIFIED, params)
    run("ANALYZE identified")
    run(TARGETS, params)
    run("ANALYZE customer_targets")
    run(UNKNOWN_PEOPLE)
    inserted = run(INSERT, params)
    run(EXTERNAL_IDS, params)
    updated = run(UPDATE, params)
    return Tally(inserted=inserted, updated=updated, unchanged=found - inserted - updated)
