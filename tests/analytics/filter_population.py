"""Some sixty customers with gaps everywhere, in the database and as plain objects for an oracle."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from accounts.models import Role
from analytics.models import CurrentRun, Run
from core.models import OrganisationSettings
from customers.custom_fields import clean
from customers.models import (
    Address,
    Category,
    Consent,
    Customer,
    CustomerExternalId,
    EmailAddress,
    PhoneNumber,
    Product,
    Tag,
)
from tests.customers.custom import create_one_of_each
from tests.factories import create_event, create_order, create_product, create_refund, create_team, create_user

TODAY = dt.date(2026, 6, 30)
ZONE = ZoneInfo("America/New_York")
NAMES = ["Zoë", "Émile Ö", "ACME 100%", "a_b\\c", "王小明", "Иван", "Weiß", "o'Neil", "بنت", "Élan"]
SOURCES = ["", "Web", "wéb", "Trade fair", "100%", "展会"]
PLACES = [("DE", "Bayern", "Köln"), ("FR", "Île", ""), ("CN", "北京", "北京"), ("", "", "Rom")]
EVENTS = ["visit", "click", "rating"]


@dataclass
class Purchase:
    day: dt.date
    minor: int
    kind: str
    products: list[int]
    refunds: list[tuple[dt.date, int]] = field(default_factory=list)


@dataclass
class Person:
    """What the oracle knows of one customer; `values` by field, several where there may be several, none where none."""

    pk: int
    is_live: bool
    values: dict[str, list[Any]]
    purchases: list[Purchase] = field(default_factory=list)
    events: list[tuple[str, dt.date, int | None]] = field(default_factory=list)


@dataclass
class Population:
    people: list[Person]
    products: dict[int, int | None]  # and their categories
    category_parents: dict[int, int | None]


def create_population(seed: int = 11, size: int = 60) -> Population:
    rng = random.Random(seed)
    OrganisationSettings.objects.create(time_zone=str(ZONE))
    create_one_of_each()
    root, other = Category.objects.create(name="All"), Category.objects.create(name="Other")
    part = Category.objects.create(name="Part", parent=root)
    products = [create_product(category=category) for category in (root, part, part, other, None)]
    teams = [create_team(), create_team()]
    owners = [create_user(Role.SALES, team=teams[0]), create_user(Role.SALES)]
    tags = [Tag.objects.create(name=name) for name in ("vip", "Neu", "标签")]
    people: list[Person] = []
    for number in range(size):
        people.append(_create_person(rng, number, people, owners, teams, tags))
    for person in people:
        _create_history(rng, person, products)
    _publish_scores(rng, people)
    return Population(
        people,
        {product.pk: product.category_id for product in products},
        {category.pk: category.parent_id for category in (root, part, other)},
    )


def _maybe(rng: random.Random, make: Any, share: float = 0.6) -> Any:
    return make() if rng.random() < share else None


def _day(rng: random.Random, first: int = 500) -> dt.date:
    return TODAY - dt.timedelta(days=rng.randrange(-3, first))


def _create_person(rng, number, earlier, owners, teams, tags) -> Person:
    is_person = rng.random() < 0.8
    known = [person.pk for person in earlier]
    fields: dict[str, Any] = {
        "name": f"{rng.choice(NAMES)} {number % 7}",
        "kind": "person" if is_person else "organisation",
        "lifecycle": rng.choice(Customer.Lifecycle.values),
        "sex": rng.choice(["", "female", "other"]),
        "birth_date": _maybe(rng, lambda: dt.date(1944 + number, rng.randrange(1, 13), rng.randrange(1, 29))),
        "annual_income": _maybe(rng, lambda: Decimal(rng.randrange(0, 9_000_000)) / 100),
        "education": rng.choice(["", "master"]),
        "profile_text": rng.choice(["", "likes Café", "100% sure_"]),
        "source": rng.choice(SOURCES),
        "customer_since": _maybe(rng, lambda: _day(rng)),
        "profiling_objected_at": _maybe(rng, timezone.now, 0.2),
        "identity_number": _maybe(rng, lambda: f"ID {number % 5}-x", 0.5) or "",
        "archived_at": timezone.now() if number % 13 == 5 else None,
        "deleted_at": timezone.now() if number % 17 == 3 else None,
    }
    links = {
        "owner": rng.choice([None, *owners]),
        "team": rng.choice([None, *teams]),
        "referred_by_id": rng.choice([None, *known[:5]]),
        "organisation_id": rng.choice([None, *known[:5]]) if is_person else None,
    }
    custom = _custom_values(rng)
    customer = Customer.objects.create(**fields, **links, custom=clean("customer", custom))
    moment = dt.datetime.combine(_day(rng), dt.time(rng.randrange(24), 30), dt.UTC)
    Customer.objects.filter(pk=customer.pk).update(created_at=moment, updated_at=moment)
    values = {
        **{key: [] if value in (None, "") else [value] for key, value in fields.items()},
        "owner": [links["owner"].pk] if links["owner"] else [],
        "team": [links["team"].pk] if links["team"] else [],
        "referred_by": [links["referred_by_id"]] if links["referred_by_id"] else [],
        "organisation": [links["organisation_id"]] if links["organisation_id"] else [],
        "objected_to_profiling": [fields["profiling_objected_at"] is not None],
        "created": [moment.astimezone(ZONE).date()],
        "changed": [moment.astimezone(ZONE).date()],
        "tags": [tag.pk for tag in tags if rng.random() < 0.4],
        **{f"custom.{key}": _as_filtered(key, value) for key, value in custom.items()},
    }
    born = fields["birth_date"]
    values["age"] = (
        [TODAY.year - born.year - ((TODAY.month, TODAY.day) < (born.month, born.day))] if born is not None else []
    )
    customer.tags.set(values["tags"])
    values |= _create_contacts(rng, customer, number)
    is_live = fields["archived_at"] is None and fields["deleted_at"] is None
    return Person(customer.pk, is_live, values)


def _custom_values(rng: random.Random) -> dict[str, Any]:
    made = {
        "my_text": rng.choice([None, "Straße 1", "straße 10", "x%y"]),
        "my_link": rng.choice([None, "https://example.org/a"]),
        "my_number": _maybe(rng, lambda: Decimal(rng.randrange(-3000, 3000)) / 100),
        "my_money": _maybe(rng, lambda: Decimal(rng.randrange(0, 30)) / 2),
        "my_date": _maybe(rng, lambda: _day(rng)),
        "my_choice": rng.choice([None, "gold", "silver"]),
        "my_multi_choice": rng.sample(["gold", "silver", "zh"], rng.randrange(0, 4)),
        "my_yes_no": rng.choice([None, True, False]),
        "my_sealed": rng.choice([None, "A-1", "B 2"]),
    }
    return {key: value for key, value in made.items() if value not in (None, [])}


def _as_filtered(key: str, value: Any) -> list[Any]:
    return list(value) if key == "my_multi_choice" else [value]


def _create_contacts(rng: random.Random, customer: Customer, number: int) -> dict[str, list[Any]]:
    emails = [f"P{number % 9}.{each}@Example.org" for each in range(rng.randrange(0, 3))]
    for email in emails:
        EmailAddress.objects.create(customer=customer, email=email)
    EmailAddress.objects.create(customer=customer, email=f"gone{number}@example.org", deleted_at=timezone.now())
    phones = _maybe(rng, lambda: [f"+49 30 {number % 6}11"], 0.5) or []
    for phone in phones:
        PhoneNumber.objects.create(customer=customer, number=phone)
    external = _maybe(rng, lambda: [f"Nr {number}"], 0.4) or []
    for value in external:
        CustomerExternalId.objects.create(customer=customer, source="shop", value=value)
    places = [rng.choice(PLACES) for _ in range(rng.randrange(0, 3))]
    primary = rng.choice([None, *range(len(places))])
    for place, (country, region, city) in enumerate(places):
        Address.objects.create(
            customer=customer, country=country, region=region, city=city, is_primary=place == primary
        )
    main = places[primary or 0] if places else ("", "", "")
    given: set[str] = set()
    for purpose in ("email", "post"):
        for decision in range(rng.randrange(0, 3)):
            is_given = rng.random() < 0.6
            decided = dt.datetime(2026, 1, 1 + decision, tzinfo=dt.UTC)
            Consent.objects.create(customer=customer, purpose=purpose, is_given=is_given, decided_at=decided)
            given = given | {purpose} if is_given else given - {purpose}
    return {
        "email": emails,
        "phone": phones,
        "external_id": external,
        "country": [main[0]] if main[0] else [],
        "region": [main[1]] if main[1] else [],
        "city": [main[2]] if main[2] else [],
        "consents": sorted(given),
    }


def _create_history(rng: random.Random, person: Person, products: list[Product]) -> None:
    customer = Customer.objects.get(pk=person.pk)
    for _ in range(rng.choice([0, 0, 1, 1, 2, 4])):
        day, minor = _day(rng, 400), rng.choice([0, 1000, 2550])
        kind = "adjustment" if rng.random() < 0.1 else "sale"
        bought = rng.sample(products, rng.randrange(0, 3))
        channel = SOURCES[(person.pk + len(person.purchases)) % 4]
        order = create_order(
            customer, on=day, amount=str(Decimal(minor) / 100), kind=kind, products=bought, channel=channel
        )
        if channel and kind == "sale" and day <= TODAY:
            person.values.setdefault("channel", []).append(channel)
        purchase = Purchase(day, minor, kind, [product.pk for product in bought])
        for _refund in range(rng.choice([0, 0, 1, 2])):
            back, paid = min(TODAY + dt.timedelta(days=2), day + dt.timedelta(days=rng.randrange(5))), minor // 2
            create_refund(order=order, on=back, amount=str(Decimal(paid) / 100))
            purchase.refunds.append((back, paid))
        person.purchases.append(purchase)
    if rng.random() < 0.2:
        create_refund(customer, on=_day(rng), amount="5.00")
    for _ in range(rng.choice([0, 0, 1, 3])):
        kind, day, product = rng.choice(EVENTS), _day(rng, 200), rng.choice([None, *products])
        create_event(customer, kind, on=day, product=product, value=3)
        person.events.append((kind, day, product.pk if product else None))


def _publish_scores(rng: random.Random, people: list[Person]) -> None:
    """Of most customers; of some without scores, as of those who bought nothing."""
    rfm, groups, values, churn = [_current_run(analysis) for analysis in ("rfm", "kmeans", "clv", "churn")]
    with connection.cursor() as cursor:
        for run in (rfm, groups, values, churn):
            table = f"analytics_{run.analysis}"
            cursor.execute(f"CREATE TABLE {table}_r{run.pk} PARTITION OF {table} FOR VALUES IN ({run.pk})")
        for person in people:
            if rng.random() < 0.8:
                _score(cursor, rng, rfm.pk, person)
            if rng.random() < 0.5:
                group = rng.randrange(1, 4)
                person.values["group"] = [group]
                cursor.execute("INSERT INTO analytics_kmeans VALUES (%s, %s, %s, 0.5)", [groups.pk, person.pk, group])
            if rng.random() < 0.6:
                _expect(cursor, rng, values.pk, person)
            if rng.random() < 0.7:
                _foresee(cursor, rng, churn.pk, person)


def _foresee(cursor: Any, rng: random.Random, run_id: int, person: Person) -> None:
    percent, band = rng.randrange(100), rng.choice(["low", "high"])
    cursor.execute(
        "INSERT INTO analytics_churn VALUES (%s, %s, %s, %s, '{}', '{}')", [run_id, person.pk, percent / 100, band]
    )
    person.values |= {"churn.probability": [Decimal(percent) / 100], "churn.band": [band]}


def _expect(cursor: Any, rng: random.Random, run_id: int, person: Person) -> None:
    alive, purchases, minor = rng.choice([0.0, 0.25, 1.0]), rng.randrange(40) / 4, rng.randrange(90_000)
    following = _maybe(rng, lambda: TODAY + dt.timedelta(days=rng.randrange(200)))
    cursor.execute(
        "INSERT INTO analytics_clv VALUES (%s, %s, %s, 1, 1, 1, 1, 1, %s, %s, 1, 1, %s)",
        [run_id, person.pk, alive, purchases, minor, following],
    )
    found = {
        "alive": round(Decimal(alive), 2),
        "purchases": round(Decimal(purchases), 2),
        "spend": Decimal(minor) / 100,
        "next": following,
    }
    person.values |= {f"clv.{key}": [] if value is None else [value] for key, value in found.items()}


def _current_run(analysis: str) -> Run:
    run = Run.objects.create(analysis=analysis, as_of=TODAY, status="published", finished_at=timezone.now())
    CurrentRun.objects.create(analysis=analysis, run=run, published_at=timezone.now())
    return run


def _score(cursor: Any, rng: random.Random, run_id: int, person: Person) -> None:
    r, f, m = (rng.choice([None, 1, 3, 5]) for _ in range(3))
    score = None if r is None else r / 3
    recency = _maybe(rng, lambda: rng.randrange(400))
    frequency, minor = rng.randrange(4), rng.randrange(-500, 5000)
    segment, lifecycle = rng.choice(["champions", "lost", "prospect"]), rng.choice(["new", "dormant"])
    cursor.execute(
        "INSERT INTO analytics_rfm VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [run_id, person.pk, recency, frequency, minor, r, f, m, score, segment, lifecycle],
    )
    found = {
        "segment": segment,
        "class": lifecycle,
        "score": None if score is None else round(Decimal(score), 2),
        "r": r,
        "f": f,
        "m": m,
        "recency": recency,
        "frequency": frequency,
        "monetary": Decimal(minor) / 100,
    }
    person.values |= {f"rfm.{key}": [] if value is None else [value] for key, value in found.items()}
