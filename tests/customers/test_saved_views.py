"""Views of the customer list: kept, shared, pinned, and what differs from them in the address."""

from __future__ import annotations

import datetime as dt
import json
from urllib.parse import parse_qs, urlencode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Role
from core.undo import undo_of
from customers.filters.saved import delete_filter, purge, save_filter
from customers.listing import views
from customers.models import PinnedView, SavedFilter
from tests.factories import create_customer, create_team, create_user

pytestmark = pytest.mark.django_db
URL = "/customers/"
LEADS = {"field": "lifecycle", "op": "is", "value": "lead"}


@pytest.fixture
def sales(client):
    user = create_user("sales", name="Li Na", team=create_team("North"))
    client.force_login(user)
    return user


def names(response) -> list[str]:
    return [customer.name for customer in response.context["listing"].page.rows]


def view_of(owner, name="Leads", expression=LEADS, **others) -> SavedFilter:
    return save_filter(owner=owner, name=name, expression=expression, **others)


def test_what_the_list_shows_is_kept_as_a_view_and_opens_again(client, sales):
    for name, stage in (("Ada", "lead"), ("Adam", "lead"), ("Adele", "former"), ("Bob", "lead")):
        create_customer(name, lifecycle=stage, owner=sales)
    state = urlencode({"q": "ad", "filter": json.dumps(LEADS), "sort": "-name", "columns": "name:300,city"})
    saved = client.post("/customers/views/new/", {"state": state, "name": " My leads ", "sharing": "nobody"})
    view = SavedFilter.objects.get()
    assert saved.url == f"{URL}?view={view.pk}"
    page = client.get(saved.url)
    assert names(page) == ["Adam", "Ada"]
    assert [column.key for column in page.context["listing"].columns] == ["name", "city"]
    assert "My leads" in page.content.decode()
    assert not page.context["listing"].state.is_changed


def test_the_address_carries_what_differs_from_the_view_and_no_more(client, sales):
    create_customer("Ada", lifecycle="lead", owner=sales)
    view = view_of(sales, layout={"q": "ada", "sort": "-name"})
    listing = client.get(URL, {"view": view.pk, "q": "", "sort": "-name"}).context["listing"]
    assert parse_qs(listing.query, keep_blank_values=True) == {"view": [str(view.pk)], "q": [""]}
    assert listing.state.is_changed
    assert client.get(URL, {"view": view.pk, "q": "ada"}).context["listing"].state.is_changed is False
    spelled_otherwise = json.dumps({"version": 1, **LEADS}, indent=2)
    same = client.get(URL, {"view": view.pk, "filter": spelled_otherwise}).context["listing"]
    assert not same.state.is_changed


def test_changes_are_saved_over_the_version_that_was_seen(client, sales):
    view = view_of(sales)
    change = {"state": f"view={view.pk}&sort=-name", "version": "1"}
    client.post(f"/customers/views/{view.pk}/save/", change)
    view.refresh_from_db()
    assert (view.layout, view.version, view.expression["field"]) == ({"sort": "-name"}, 2, "lifecycle")
    client.post(f"/customers/views/{view.pk}/save/", {**change, "state": f"view={view.pk}&sort=-since"})
    view.refresh_from_db()
    assert view.layout == {"sort": "-name"}


def test_a_shared_view_is_changed_by_its_owner_and_admins_alone(client, sales):
    bob, admin = create_user("sales", team=create_team("South")), create_user(Role.ADMIN)
    shared, private = view_of(bob, sharing="everybody"), view_of(bob, "Private")
    south = view_of(bob, "South", sharing="team", team=bob.team)
    for path in ("edit/", "save/", "delete/"):
        for view, status in ((shared, 403), (private, 404), (south, 404)):
            assert client.post(f"/customers/views/{view.pk}/{path}", {"state": ""}).status_code == status
    assert client.get(URL, {"view": south.pk}).context["listing"].is_view_missing
    client.force_login(admin)
    client.post(f"/customers/views/{shared.pk}/edit/", {"name": "Ours", "sharing": "everybody", "version": "1"})
    shared.refresh_from_db()
    assert shared.name == "Ours"
    assert client.get(f"/customers/views/{private.pk}/edit/").status_code == 404


def test_a_team_finds_what_is_shared_with_it(sales):
    bob = create_user("sales", team=sales.team)
    view_of(bob, sharing="team", team=sales.team)
    assert SavedFilter.objects.available_to(sales.sight).count() == 1
    sales.team.delete()
    assert SavedFilter.objects.available_to(bob.sight).count() == 1, "the owner keeps it"


def test_tabs_are_pinned_ordered_and_one_opens_first(client, sales):
    first, second = view_of(sales, "First"), view_of(sales, "Second")

    def place(view, do):
        return client.post(f"/customers/views/{view.pk}/place/", {"do": do})

    for view, do in ((first, "pin"), (second, "pin"), (second, "pin"), (second, "left"), (second, "left")):
        place(view, do)
    assert [pin.view for pin in PinnedView.objects.filter(user=sales)] == [second, first]
    place(first, "first")
    place(second, "first")
    assert client.get(URL).context["listing"].view == second
    assert client.get(URL, {"view": "all"}).context["listing"].view is None
    assert client.get(URL, {"q": "x"}).context["listing"].view is None
    place(second, "unpin")
    assert client.get(URL).context["listing"].view is None
    assert place(first, "upside down").status_code == 400


def test_a_deleted_view_comes_back_with_its_name_sharing_and_place_among_everybodys_tabs(client, sales):
    colleague = create_user("sales")
    first, gone, last = (view_of(sales, name, sharing="everybody") for name in ("First", "Gone", "Last"))
    for user in (sales, colleague):
        for view in (first, gone, last):
            views.pin(view, user=user)
    views.open_first(gone, user=colleague, is_default=True)
    shown = client.post(f"/customers/views/{gone.pk}/delete/", follow=True)
    undo = undo_of(next(iter(shown.context["messages"])))
    assert "Gone" not in client.get("/customers/views/").content.decode()
    assert client.get(URL, {"view": gone.pk}).context["listing"].is_view_missing
    assert views.Views(colleague.sight).default is None
    views.move(last, user=sales, by=-1)
    namesake = view_of(sales, "gone")
    client.force_login(colleague)
    assert client.post(undo.url).status_code == 403
    client.force_login(sales)
    for _press in range(2):
        client.post(undo.url, undo.fields)
    assert [pinned.view.name for pinned in views.Views(sales.sight).pins] == ["Last", "First", "Gone (2)"]
    assert views.Views(colleague.sight).default == gone
    gone.refresh_from_db()
    assert (gone.sharing, gone.expression, namesake.name) == ("everybody", first.expression, "gone")


def test_a_deleted_view_is_forgotten_once_it_can_come_back_no_more(sales):
    for name, age in (("Old", 25), ("Fresh", 23)):
        delete_filter(view := view_of(sales, name))
        SavedFilter.objects.filter(pk=view.pk).update(deleted_at=timezone.now() - dt.timedelta(hours=age))
    view_of(sales, "Living")
    assert purge() == 1
    assert set(SavedFilter.objects.values_list("name", flat=True)) == {"Fresh", "Living"}


def test_a_name_that_is_taken_and_a_missing_team_are_said(client, sales):
    view_of(sales)
    taken = client.post("/customers/views/new/", {"state": "", "name": "LEADS", "sharing": "team"})
    assert taken.status_code == 422
    assert set(taken.context["form"].errors) == {"name", "team"}
    turned = client.post("/customers/views/new/", {"state": "", "name": "\u202eleads", "sharing": "nobody"})
    assert set(turned.context["form"].errors) == {"name"}, "what turns the text round makes no other name of it"
    assert client.get("/customers/views/new/").context["form"]["team"].value() == sales.team_id


def test_a_view_that_became_unreadable_says_so_and_shows_nobody(client, sales):
    create_customer("Ada", owner=sales)
    view = view_of(sales)
    SavedFilter.objects.filter(pk=view.pk).update(expression={"field": "custom.gone", "op": "is", "value": 1})
    page = client.get(URL, {"view": view.pk})
    assert names(page) == []
    assert "no field “custom.gone”" in page.content.decode()
    assert "no field “custom.gone”" in client.get("/customers/views/").content.decode()


@pytest.mark.parametrize("view", ["x", "99999", "9" * 40, "-1", "٣", "1' OR 1=1"])
def test_a_view_that_is_not_there_says_so_and_shows_nobody(client, sales, view):
    create_customer("Ada", owner=sales)
    page = client.get(URL, {"view": view})
    assert names(page) == []
    assert "no longer there" in page.content.decode()


def test_a_view_costs_at_most_two_queries(client, sales):
    create_customer("Ada", lifecycle="lead", owner=sales)

    def queries(**query) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(URL, query).status_code == 200
        return len(captured)

    plain = queries(filter=json.dumps(LEADS))
    pinned = view_of(sales)
    views.pin(pinned, user=sales)
    for number in range(5):
        views.pin(view_of(sales, f"More {number}"), user=sales)
    unpinned = view_of(create_user("sales"), sharing="everybody")
    assert queries(view=pinned.pk) == plain
    assert queries(view=unpinned.pk) == plain + 1
    assert plain <= 12


def test_a_view_shows_each_reader_their_own_customers(client, sales):
    create_customer("Mine", lifecycle="lead", owner=sales)
    create_customer("Not mine", lifecycle="lead", owner=create_user("sales"))
    view = view_of(create_user(Role.ADMIN), sharing="everybody")
    assert names(client.get(URL, {"view": view.pk})) == ["Mine"]


def test_the_list_of_views_says_in_words_what_each_asks_for(client):
    client.force_login(create_user(Role.SALES))
    client.post(f"{URL}views/new/", {"name": "Leads", "sharing": "nobody", "state": "stage=lead&q=ann"})
    client.post(f"{URL}views/new/", {"name": "All", "sharing": "nobody", "state": "sort=-name"})
    rows = client.get(f"{URL}views/").context["rows"]
    assert [row["words"] for row in rows] == ["Stage: Lead · Search: ann", "Everybody"]
