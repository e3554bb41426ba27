"""Files of customers, products and events."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from django.utils import timezone

from accounts.models import Team
from accounts.visibility import EVERYTHING
from customers.models import Customer, CustomerExternalId, Event, Product, Tag
from customers.timeline import timeline_of
from imports.models import Import
from protection.audit.actor import acting
from protection.audit.models import Origin
from tests.factories import create_user
from tests.imports.conftest import ImportFile

PEOPLE = (
    "id,name,email,phone,sex,birth_date,city,country,tags,owner,lifecycle\n"
    "1,王小明,wang@example.org,+86 10 1234,m,1980-02-03,北京,China,vip; tea,SALES@example.org,customer\n"
    "2,Zoë Ångström,,,female,,,,,,\n"
)


def customer(number: str) -> Customer:
    return CustomerExternalId.objects.get(source="shop", value=number, deleted_at=None).customer


def test_customers_with_all_that_is_known_of_them(import_file: ImportFile):
    owner = create_user(email="sales@example.org", team=Team.objects.create(name="North"))
    summary = import_file(PEOPLE, kind="customers")
    assert (summary["inserted"], summary["left_out"]) == (2, [])
    wang = customer("1")
    assert (wang.name, wang.sex, wang.birth_date, wang.lifecycle) == ("王小明", "male", dt.date(1980, 2, 3), "customer")
    assert (wang.owner, wang.team, wang.source) == (owner, owner.team, "shop")
    assert [(email.email, email.is_primary) for email in wang.emails.all()] == [("wang@example.org", True)]
    assert [(phone.digits, phone.is_primary) for phone in wang.phones.all()] == [("86101234", True)]
    assert [(address.city, address.country, address.kind) for address in wang.addresses.all()] == [
        ("北京", "CN", "home")
    ]
    assert sorted(tag.name for tag in wang.tags.all()) == ["tea", "vip"]
    assert customer("2").lifecycle == "lead"


def test_same_file_again_changes_nothing(import_file: ImportFile):
    create_user(email="sales@example.org")
    import_file(PEOPLE, kind="customers")
    before = list(Customer.objects.order_by("id").values())
    summary = import_file(PEOPLE, kind="customers")
    assert (summary["unchanged"], summary["updated"]) == (2, 0)
    assert all(tally["inserted"] == tally["updated"] == 0 for tally in summary["tables"].values())
    assert list(Customer.objects.order_by("id").values()) == before


def test_file_of_customers_is_the_truth_about_what_it_says(import_file: ImportFile):
    import_file(PEOPLE, kind="customers")
    summary = import_file("id,name,email,city\n1,Wang Xiaoming,xiaoming@example.org,\n2,,,Uppsala\n", kind="customers")
    wang, zoe = customer("1"), customer("2")
    assert (wang.name, wang.birth_date, wang.version) == ("Wang Xiaoming", dt.date(1980, 2, 3), 2)
    assert sorted(wang.emails.values_list("email", "is_primary")) == [
        ("wang@example.org", True),
        ("xiaoming@example.org", False),
    ]
    assert wang.addresses.get().city == "北京"
    assert (zoe.name, zoe.version, zoe.addresses.get().city) == ("Zoë Ångström", 1, "Uppsala")
    assert (summary["updated"], summary["tables"]["addresses"]["inserted"]) == (1, 1)


def test_dots_of_an_export_say_nothing(import_file: ImportFile):
    header = "id,name,email,phone,street,postal_code,city,birth_date,income\n"
    import_file(
        f"{header}1,Ada,ada@example.org,+49 30 1234567,Long Lane 1,10115,Berlin,1985-12-10,5\n", kind="customers"
    )
    dots = f"{header}1,Ada,•••@•••,••• •••,••••••,••••••,Berlin,••••-••-••,••••••\n"
    summary = import_file(dots, kind="customers")
    assert (summary["unchanged"], summary["left_out"]) == (1, [])
    assert customer("1").addresses.get().street == "Long Lane 1"


def test_cell_that_cannot_be_read_is_left_out_and_reported_but_the_person_is_kept(import_file: ImportFile):
    summary = import_file(
        "id,name,email,birth_date,sex,income,owner,phone\n"
        "1,Ada,ada at example.org,19371233,robot,-5,nobody@example.org,12\n",
        kind="customers",
    )
    assert summary["inserted"] == 1
    ada = customer("1")
    assert (ada.name, ada.birth_date, ada.sex, ada.annual_income, ada.owner) == ("Ada", None, "", None, None)
    assert sorted((left["column"], left["reason"]) for left in summary["left_out"]) == [
        ("birth_date", "This is not a date that can be read."),
        ("email", "This is not an e-mail address."),
        ("income", "This number must not be below zero."),
        ("owner", "Nobody with this e-mail address works here."),
        ("phone", "This is not a phone number."),
        ("sex", "This is none of the known values."),
    ]
    left_out = Import.objects.get().row_problems.get(column="birth_date")
    assert (left_out.value, left_out.is_rejected, left_out.cells) == ("19371233", False, None)


def test_a_day_that_cannot_be_is_left_out_with_its_line_and_reason(import_file: ImportFile):
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    summary = import_file(
        f"id,name,birth_date,since\n1,Ada,{tomorrow},0202-05-03\n2,Grace,03.02.0198,2198-01-01\n"
        f"3,Zoe,1980-02-03,{tomorrow}\n",
        kind="customers",
    )
    reason = "There is no such day, or it is too early or too far ahead. Check the year."
    assert {(left["column"], left["reason"], *left["examples"]) for left in summary["left_out"]} == {
        ("birth_date", reason, 2, 3),
        ("since", reason, 2, 3),
    }
    assert [(customer(each).birth_date, customer(each).customer_since) for each in "123"] == [
        (None, None),
        (None, None),
        (dt.date(1980, 2, 3), tomorrow),
    ]


def test_number_that_comes_twice_is_rejected_the_second_time(import_file: ImportFile):
    summary = import_file("id,name\n1,Ada\n1,Grace\n,Nobody\n", kind="customers")
    assert customer("1").name == "Ada"
    assert summary["rejected"]["count"] == 2
    assert sorted((problem["examples"], problem["reason"]) for problem in summary["rejected"]["reasons"]) == [
        ([3], "The same number stands in an earlier row of the file."),
        ([4], "It is empty, but needed."),
    ]


def test_people_belong_to_organisations_and_come_through_others(import_file: ImportFile):
    summary = import_file(
        "id,name,kind,organisation,referred_by\n"
        "1,Ada,person,9,2\n2,Grace,person,,2\n9,Lindenhof GmbH,company,,77\n3,Alan,person,404,\n",
        kind="customers",
    )
    assert customer("1").organisation == customer("9")
    assert customer("1").referred_by == customer("2")
    assert customer("2").referred_by is None  # nobody refers to themselves
    assert customer("9").kind == "organisation"
    unknown = [left["column"] for left in summary["left_out"] if left["reason"] == "No customer has this number."]
    assert sorted(unknown) == ["organisation", "referred_by"]


def test_columns_may_be_joined_to_one_field(import_file: ImportFile):
    columns = {"customer": "id", "name": ["given", "family"], "street": ["no", "road"]}
    import_file("id,given,family,no,road\n1,Ada,Lovelace,5,St James Sq\n2,,Hopper,,\n", kind="customers",
                mapping={"columns": columns})  # fmt: skip
    assert (customer("1").name, customer("1").addresses.get().street) == ("Ada Lovelace", "5 St James Sq")
    assert customer("2").name == "Hopper"


def test_deleted_customer_does_not_come_back_but_is_made_anew(import_file: ImportFile):
    import_file("id,name\n1,Ada\n", kind="customers")
    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    Customer.objects.update(deleted_at=now)
    CustomerExternalId.objects.update(deleted_at=now)
    assert import_file("id,name\n1,Ada\n", kind="customers")["inserted"] == 1
    assert Customer.objects.filter(deleted_at=None).count() == 1


def test_what_a_file_changed_stands_on_the_timeline(import_file: ImportFile):
    import_file("id,name,website\n1,Ada,\n", kind="customers")
    with acting(origin=Origin.JOB):
        import_file("id,name,website\n1,Ada L.,https://ada.example\n", kind="customers")
    timeline = timeline_of(customer("1"), sight=EVERYTHING, show=["record"])
    told = [(shown.entry.title, shown.entry.body) for shown in timeline.shown]
    assert told[0] == ("Changed by an import: Name, Website", "Ada → Ada L.\n– → https://ada.example")
    assert told[1][0] == "Customer created"


def test_tag_is_known_whatever_its_case(import_file: ImportFile):
    Tag.objects.create(name="VIP")
    import_file("id,name,tags\n1,Ada,vip\n2,Grace,Vip|new\n", kind="customers")
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["VIP", "new"]
    assert customer("2").tags.count() == 2


PRODUCTS = (
    "sku,name,category,unit_price,unit_cost,currency,is_active,is_in_stock\n"
    "TEA,Teapot,Kitchen,12.5,7,EUR,yes,no\nCUP,,,,,,no,\n"
)


def test_products_and_what_changes_of_them(import_file: ImportFile):
    assert import_file(PRODUCTS, kind="products")["inserted"] == 2
    teapot, cup = Product.objects.get(sku="TEA"), Product.objects.get(sku="CUP")
    assert (teapot.name, teapot.unit_price, teapot.unit_cost, teapot.currency) == ("Teapot", Decimal("12.5"), 7, "EUR")
    assert (teapot.category.name, teapot.is_active, cup.name, cup.is_active) == ("Kitchen", True, "CUP", False)
    assert (teapot.is_in_stock, cup.is_in_stock) == (False, True)
    assert import_file(PRODUCTS, kind="products")["unchanged"] == 2
    summary = import_file(PRODUCTS.replace("12.5", "13").replace("yes,no", "yes,yes"), kind="products")
    assert (summary["updated"], summary["unchanged"]) == (1, 1)
    teapot.refresh_from_db()
    assert (teapot.unit_price, teapot.name, teapot.is_in_stock) == (13, "Teapot", True)


EVENTS = (
    "event,timestamp,user_id,item_id,rating,duration,review\n"
    "view,2026-03-01T10:00:00Z,C1,TEA,,,\n"
    "rating,2026-03-01T10:05:00Z,C1,TEA,4.5,,lovely\n"
    "visit,2026-03-01T10:05:00Z,,,,90,\n"
    "visit,2026-03-01T10:05:00Z,,,,90,\n"
)


def test_events_are_known_again_by_their_content(import_file: ImportFile):
    assert import_file(EVENTS, kind="events")["inserted"] == 4
    rating = Event.objects.get(kind="rating")
    assert (rating.value, rating.text, rating.customer.name) == (Decimal("4.5"), "lovely", "Customer C1")
    assert rating.product.sku == "TEA"
    assert rating.occurred_date == dt.date(2026, 3, 1)
    assert Event.objects.filter(kind="visit", seconds=90, customer=None).count() == 2
    summary = import_file(EVENTS, kind="events")
    assert (summary["unchanged"], summary["inserted"], Event.objects.count()) == (4, 0, 4)


def test_event_with_a_number_is_changed_by_it(import_file: ImportFile):
    header = "event id,event,timestamp,rating\n"
    import_file(header + "7,rating,2026-03-01,4\n", kind="events")
    summary = import_file(header + "7,rating,2026-03-01,5\n7,rating,2026-03-02,1\n", kind="events")
    assert (summary["updated"], summary["rejected"]["count"]) == (1, 1)
    assert Event.objects.get().value == 5


def test_events_that_cannot_be(import_file: ImportFile):
    summary = import_file(
        "event,timestamp,rating,duration\nrating,2026-03-01,,\nflight,2026-03-01,,\nvisit,2026-03-01,,-1\n"
        "visit,2026-03-01,900000000,\nvisit,2026-03-01,,99999999999\n",
        kind="events",
    )
    assert sorted((problem["column"], problem["reason"]) for problem in summary["rejected"]["reasons"]) == [
        ("duration", "This number is too large."),
        ("duration", "This number must not be below zero."),
        ("event", "This is none of the known values."),
        ("rating", "It is empty, but needed."),
        ("rating", "This number is too large."),
    ]
    assert not Event.objects.exists()
