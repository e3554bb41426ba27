"""How customers are reached, out of `customer_targets`: addresses, e-mails, phones and tags.

A file of orders (`fill_only`) leaves alone what a customer has; what somebody took away does not come back by it.
"""

from __future__ import annotations

from imports.statements import Params, Tally, run

ADDRESSES = """
CREATE UNLOGGED TABLE address_targets AS
SELECT customer_id, coalesce(street, '') AS street, coalesce(postal_code, '') AS postal_code,
       coalesce(city, '') AS city, coalesce(region, '') AS region, coalesce(country, '') AS country, is_news,
       CASE WHEN %(fill_only)s THEN 'shipping' WHEN coalesce(kind, 'person') = 'person' THEN 'home'
            ELSE 'office' END AS kind
FROM customer_targets
WHERE concat(street, postal_code, city, region, country) <> ''
"""

# An address is taken over as a whole: the street of one and the town of another make none.
UPDATE_ADDRESSES = """
UPDATE customers_address AS address
SET street = wanted.street, postal_code = wanted.postal_code, city = wanted.city, region = wanted.region,
    country = wanted.country
FROM address_targets AS wanted
WHERE address.customer_id = wanted.customer_id AND address.is_primary AND address.deleted_at IS NULL AND wanted.is_news
  AND (address.street, address.postal_code, address.city, address.region, address.country)
      IS DISTINCT FROM (wanted.street, wanted.postal_code, wanted.city, wanted.region, wanted.country)
"""

INSERT_ADDRESSES = """
INSERT INTO customers_address (customer_id, kind, street, postal_code, city, region, country, is_primary)
SELECT customer_id, kind, street, postal_code, city, region, country, true
FROM address_targets AS wanted
WHERE NOT EXISTS (
    SELECT FROM customers_address AS known
    WHERE known.customer_id = wanted.customer_id AND known.deleted_at IS NULL AND (known.is_primary OR %(fill_only)s)
)
ORDER BY customer_id
"""

EMAILS = """
INSERT INTO customers_emailaddress (customer_id, email, is_primary)
SELECT customer_id, email, NOT EXISTS (
    SELECT FROM customers_emailaddress AS known
    WHERE known.customer_id = target.customer_id AND known.is_primary AND known.deleted_at IS NULL
)
FROM customer_targets AS target
WHERE email IS NOT NULL AND NOT EXISTS (
    SELECT FROM customers_emailaddress AS known
    WHERE known.customer_id = target.customer_id
      AND (%(fill_only)s OR (known.deleted_at IS NULL AND lower(known.email) = lower(target.email)))
)
"""

PHONES = """
INSERT INTO customers_phonenumber (customer_id, number, kind, is_primary)
SELECT customer_id, phone, CASE WHEN kind = 'organisation' THEN 'work' ELSE 'mobile' END, NOT EXISTS (
    SELECT FROM customers_phonenumber AS known
    WHERE known.customer_id = target.customer_id AND known.is_primary AND known.deleted_at IS NULL
)
FROM customer_targets AS target
WHERE phone IS NOT NULL AND NOT EXISTS (
    SELECT FROM customers_phonenumber AS known
    WHERE known.customer_id = target.customer_id
      AND (%(fill_only)s OR (known.deleted_at IS NULL AND known.number = target.phone))
)
"""

WANTED_TAGS = """
CREATE UNLOGGED TABLE wanted_tags AS
SELECT DISTINCT customer_id, left(btrim(tag), 60) AS name
FROM customer_targets CROSS JOIN regexp_split_to_table(tags, '[;,|]') AS tag
WHERE btrim(tag) <> '' AND (is_new OR NOT %(fill_only)s)
"""

NEW_TAGS = """
INSERT INTO customers_tag (name)
SELECT min(name) FROM wanted_tags
WHERE lower(name) NOT IN (SELECT lower(name) FROM customers_tag)
GROUP BY lower(name)
"""

TAGGED = """
INSERT INTO customers_customer_tags (customer_id, tag_id)
SELECT DISTINCT customer_id, tag.id
FROM wanted_tags JOIN customers_tag AS tag ON lower(tag.name) = lower(wanted_tags.name)
ON CONFLICT DO NOTHING
"""


def commit(*, fill_only: bool) -> dict[str, Tally]:
    """The tables that a file with such columns wrote, and what became of their rows."""
    params: Params = {"fill_only": fill_only}
    found = run(ADDRESSES, params)
    updated = run(UPDATE_ADDRESSES)
    inserted = run(INSERT_ADDRESSES, params)
    run(WANTED_TAGS, params)
    run(NEW_TAGS)
    tallies = {
        "addresses": Tally(inserted=inserted, updated=updated, unchanged=found - inserted - updated),
        "emails": Tally(inserted=run(EMAILS, params)),
        "phones": Tally(inserted=run(PHONES, params)),
        "tags": Tally(inserted=run(TAGGED)),
    }
    return {name: tally for name, tally in tallies.items() if any(tally.as_json().values())}
