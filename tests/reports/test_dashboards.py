"""Dashboards that people put together: arranged, shared, pinned, and seen by everybody with their own eyes."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AccessRule, Role, User
from customers.models import SavedFilter
from reports.catalog import DASHBOARD
from reports.dashboards import access, arranging, places
from reports.dashboards.arranging import MOST_CARDS, NewCard, StaleDashboard
from reports.models import Dashboard, DashboardCard, Report, StartPage
from tests.factories import create_team
from tests.factories import create_user as user_of
from tests.reports.runs import publish_days, publish_scores

pytestmark = pytest.mark.django_db
LIST = "/dashboards/"


def of(board: Dashboard, page: str = "dashboard") -> str:
    return reverse(f"reports:{page}", args=[board.pk])


def shown_by(board: Dashboard) -> list[str]:
    return [card.chart or f"report {card.report_id}" for card in board.cards.all()]


@pytest.fixture
def manager(client) -> User:
    user = user_of(Role.MANAGER)
    client.force_login(user)
    return user


@pytest.fixture
def board(manager) -> Dashboard:
    cards = [NewCard("revenue"), NewCard("segments"), NewCard("buyers")]
    return arranging.create(owner=manager, name="Sales", sharing="everybody", cards=cards)


# --- arranging --------------------------------------------------------------------------------------------------------


def test_one_is_made_of_the_overview_and_arranged_without_scripts(client, manager):
    made = client.post(f"{LIST}new/", {"name": " Mine ", "sharing": "nobody", "copy": "overview"})
    board = Dashboard.objects.get(name="Mine")
    assert made.url == of(board, "arrange")
    assert shown_by(board) == list(DASHBOARD)
    first, second, *_rest, last = board.cards.all()

    def do(what: str, card: DashboardCard | None = None, **more: str) -> None:
        version = Dashboard.objects.get().version
        answered = client.post(
            of(board, "arrange"), {"do": what, "version": version, "card": card.pk if card else "", **more}
        )
        assert answered.url == of(board, "arrange")

    do("down", first)
    assert shown_by(board)[:2] == [second.chart, first.chart]
    do("up", second)  # the first one stays the first
    assert shown_by(board)[0] == second.chart
    do("place", last, place="0")
    assert shown_by(board)[0] == last.chart
    do("wide", first)
    assert board.cards.get(pk=first.pk).is_wide
    do("remove", last)
    assert last.chart not in shown_by(board)
    report = Report.objects.create(owner=manager, name="Sources", question={"measure": "orders", "by": "source"})
    do("add", report=str(report.pk))
    do("add", chart=last.chart)
    do("add", chart=last.chart)  # a second time changes nothing
    assert shown_by(board)[-2:] == [f"report {report.pk}", last.chart]
    assert client.post(of(board, "arrange"), {"do": "add", "chart": "nonsense", "version": 1}).status_code == 400


def test_two_who_arrange_the_same_one_do_not_undo_each_other(client, manager, board):
    first, *_rest = board.cards.all()
    theirs = {"do": "down", "card": first.pk, "version": board.version}
    assert client.post(of(board, "arrange"), theirs).status_code == 302
    late = client.post(of(board, "arrange"), theirs, headers={"HX-Request": "true"})
    assert late.status_code == 409
    assert "Somebody has changed this dashboard" in late.content.decode()
    assert shown_by(board) == ["segments", "revenue", "buyers"]
    renamed = {"name": "Ours", "sharing": "nobody", "version": board.version}
    assert client.post(of(board, "dashboard_edit"), renamed).status_code == 422
    assert client.post(of(board, "dashboard_edit"), renamed | {"version": board.version + 1}).status_code == 302
    with pytest.raises(StaleDashboard):
        arranging.remove_card(board, version=1, pk=first.pk)


def test_a_move_is_told_to_who_does_not_see_it(client, manager, board):
    card = board.cards.last()
    moved = {"do": "up", "card": card.pk, "version": board.version}
    page = client.post(of(board, "arrange"), moved, headers={"HX-Request": "true"}).content.decode()
    assert "New and returning buyers by month: place 2 of 3." in page
    assert "<html" not in page


def test_a_dashboard_holds_so_many_cards_and_each_shows_one_thing(client, manager, board):
    with pytest.raises(IntegrityError), transaction.atomic():
        DashboardCard.objects.create(dashboard=board, position=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        DashboardCard.objects.create(dashboard=board, position=9, chart="revenue")
    fill = [DashboardCard(dashboard=board, position=9, chart=f"old-{n}") for n in range(MOST_CARDS - 3)]
    DashboardCard.objects.bulk_create(fill)
    answered = client.post(of(board, "arrange"), {"do": "add", "chart": "movement", "version": board.version})
    assert answered.status_code == 422
    assert "up to 24 cards" in answered.content.decode()


# --- whose eyes -------------------------------------------------------------------------------------------------------


def test_what_a_role_may_not_see_is_left_out_with_a_line(client, board, monkeypatch):
    publish_scores()
    publish_days()
    owner = board.owner
    hidden = Report.objects.create(owner=owner, name="Secret plan", question={})
    DashboardCard.objects.create(dashboard=board, position=7, report=hidden)
    DashboardCard.objects.create(dashboard=board, position=8, chart="demand-forecast")
    DashboardCard.objects.create(dashboard=board, position=9, chart="gone")
    AccessRule.objects.create(role=Role.SALES, sees="team", edits="team")
    client.force_login(user_of(Role.SALES))
    page = client.get(of(board)).content.decode()
    assert "A saved report is not shared with you." in page
    assert "Secret plan" not in page
    assert "Forecast: made of all customers, of whom you see a part." in page
    assert "A chart is not there any more." in page
    assert page.count("<figure") == 3
    for card in board.cards.filter(position__gte=7):
        assert client.get(reverse("reports:dashboard_card", args=[board.pk, card.pk])).status_code == 404
    assert "Arrange" not in page
    Dashboard.objects.update(sharing="nobody")
    assert client.get(of(board)).status_code == 404
    client.force_login(owner)
    assert "Secret plan" in client.get(of(board)).content.decode()


def test_a_report_that_others_would_not_see_is_shared_from_where_it_is_arranged(client, manager, board):
    report = Report.objects.create(owner=manager, name="Sources", question={})
    Report.objects.create(owner=manager, name="Taken", question={})
    arranging.add_card(board, version=board.version, new=NewCard(report_id=report.pk))
    arrange = of(board, "arrange")
    edit = f"{reverse('reports:edit_report', args=[report.pk])}?next={arrange}"
    assert edit in client.get(arrange).content.decode()
    assert arrange in client.get(edit).content.decode()
    assert client.post(edit, {"name": "taken", "sharing": "nobody"}).status_code == 422
    north = create_team("North")
    said = {"name": "Sources", "sharing": "team", "team": north.pk, "next": arrange}
    assert client.post(edit, said).url == arrange
    assert client.post(edit, said | {"sharing": "everybody", "next": "https://elsewhere.example/"}).url.startswith(
        "/rep"
    )
    report.refresh_from_db()
    assert (report.sharing, report.team) == ("everybody", None)
    assert edit not in client.get(arrange).content.decode()


def test_a_page_asks_as_often_with_many_cards_as_with_few(client, manager, board, django_assert_max_num_queries):
    """A saved report is fetched when the page stands."""
    publish_scores()
    publish_days()
    for number in range(20):
        report = Report.objects.create(owner=manager, name=f"Report {number}", question={})
        DashboardCard.objects.create(dashboard=board, position=10 + number, report=report)
    client.get(of(board))
    with django_assert_max_num_queries(19):
        client.get(of(board))
    with django_assert_max_num_queries(16):
        client.get(of(board, "arrange"))
    for number in range(20):
        arranging.create(owner=user_of(Role.SALES), name=f"Board {number}", sharing="everybody")
    with django_assert_max_num_queries(13):
        assert client.get(LIST).content.decode().count("Make a copy") == 21


def test_an_admin_takes_over_what_somebody_who_has_left_arranged(client, manager):
    gone = user_of(Role.SALES)
    theirs = arranging.create(owner=gone, name="Theirs", cards=[NewCard("revenue")])
    take_over = of(theirs, "dashboard_take_over")
    admin = user_of(Role.ADMIN)
    client.force_login(admin)
    assert client.post(take_over).status_code == 404
    gone.delete()
    assert "Whose owner has left" in client.get(LIST).content.decode()
    mine = arranging.create(owner=admin, name="theirs")
    told = client.post(take_over, follow=True).content.decode()
    assert "You have a dashboard Theirs already." in told
    mine.delete()
    client.post(take_over)
    theirs.refresh_from_db()
    assert theirs.owner == admin
    assert shown_by(theirs) == ["revenue"]
    assert "Whose owner has left" not in client.get(LIST).content.decode()
    client.force_login(manager)
    assert "Whose owner has left" not in client.get(LIST).content.decode()


def test_the_palette_finds_what_is_shared_by_a_word_of_its_name(client, manager, board):
    Report.objects.create(owner=manager, name="Sales by source", question={})
    asked = {"q": "sales"}
    assert "Sales by source" in client.get("/search/", asked).content.decode()
    client.force_login(user_of(Role.VIEWER))
    found = client.get("/search/", asked).content.decode()
    assert of(board) in found
    assert "Sales by source" not in found


# --- start and tabs ---------------------------------------------------------------------------------------------------


def test_the_start_is_ones_own_choice_else_the_roles_else_the_overview(client, manager, board):
    def starts_with(text: str) -> bool:
        return f"<h1>{text}</h1>" in client.get("/").content.decode()

    publish_scores()
    assert starts_with("Dashboard")
    theirs = arranging.create(owner=user_of(Role.ADMIN), name="For managers", sharing="everybody")
    client.force_login(theirs.owner)
    assert client.post(f"{LIST}roles/", {Role.MANAGER: theirs.pk}).status_code == 302
    assert starts_with("Dashboard")
    client.force_login(manager)
    assert starts_with("<bdi>For managers</bdi>")
    client.post(of(board, "dashboard_place"), {"do": "start"})
    assert starts_with("<bdi>Sales</bdi>")
    client.post(f"{LIST}start/", {"do": "overview"})
    assert starts_with("Dashboard")
    client.post(f"{LIST}start/", {"do": "role"})
    assert starts_with("<bdi>For managers</bdi>")
    Dashboard.objects.filter(pk=theirs.pk).update(sharing="nobody")
    assert starts_with("Dashboard")
    client.post(of(board, "dashboard_place"), {"do": "start"})
    client.post(of(board, "dashboard_delete"))
    assert starts_with("Dashboard")
    assert StartPage.objects.count() == 1


def test_pinned_ones_are_tabs_until_they_are_shared_no_more(client, board):
    publish_scores()
    colleague = user_of(Role.SALES, team=create_team("North"))
    client.force_login(colleague)
    tab = f'<a href="{of(board)}"><bdi>Sales</bdi></a>'
    client.post(of(board, "dashboard_place"), {"do": "pin"})
    client.post(of(board, "dashboard_place"), {"do": "pin"})
    assert tab in client.get("/").content.decode()
    Dashboard.objects.update(sharing="team", team=colleague.team)
    assert tab in client.get("/").content.decode()
    Dashboard.objects.update(team=create_team("South"))
    assert tab not in client.get("/").content.decode()
    assert not access.is_available(Dashboard.objects.get(), colleague)


def test_tabs_are_put_in_order_without_scripts_and_one_that_is_hidden_keeps_its_place(client, manager, board):
    second, hidden, last = (
        arranging.create(owner=user_of(Role.ADMIN), name=name, sharing="everybody") for name in ("B", "C", "D")
    )
    for each in (board, hidden, second, last):
        client.post(of(each, "dashboard_place"), {"do": "pin"})
    Dashboard.objects.filter(pk=hidden.pk).update(sharing="nobody")

    def tabs() -> list[int]:
        return [pin.dashboard_id for pin in places.pins_of(manager)]

    def do(what: str, which: Dashboard, **more: str) -> str:
        return client.post(f"{LIST}tabs/", {"do": what, "card": which.pk, **more}, follow=True).content.decode()

    assert "B: place 1 of 3." in do("up", second)
    do("up", second)  # the first one stays the first
    assert tabs() == [second.pk, board.pk, last.pk]
    fragment = client.post(
        f"{LIST}tabs/", {"do": "place", "card": last.pk, "place": "0"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert "D: place 1 of 3." in fragment
    assert "<html" not in fragment
    assert tabs() == [last.pk, second.pk, board.pk]
    do("down", board)
    assert tabs() == [last.pk, second.pk, board.pk]
    assert "not among your tabs" in do("down", hidden)
    assert client.post(f"{LIST}tabs/", {"do": "jump", "card": last.pk}).status_code == 400
    assert client.get(LIST).content.decode().count("data-card=") == 3
    Dashboard.objects.filter(pk=hidden.pk).update(sharing="everybody")
    assert tabs() == [last.pk, hidden.pk, second.pk, board.pk]


# --- names ------------------------------------------------------------------------------------------------------------


def test_a_taken_name_is_said_before_and_while_saving(client, manager, board):
    answered = client.post(f"{LIST}new/", {"name": "sales", "sharing": "nobody"})
    assert answered.status_code == 422
    assert "You have a dashboard of this name." in answered.content.decode()


def test_a_second_click_makes_and_changes_no_second_time(client, manager):
    made = [client.post(f"{LIST}new/", {"name": "Once", "sharing": "nobody", "idempotency_key": "a"}) for _ in range(2)]
    board = Dashboard.objects.get()
    assert [answer["Location"] for answer in made] == [of(board, "arrange")] * 2
    renamed = {"name": "Twice", "sharing": "nobody", "version": "1", "idempotency_key": "b"}
    assert [client.post(of(board, "dashboard_edit"), renamed).status_code for _ in range(2)] == [302, 302]
    board.refresh_from_db()
    assert (board.name, board.version) == ("Twice", 2)


KINDS = {
    "dashboard": (f"{LIST}new/", {}, Dashboard),
    "report": ("/reports/explore/save/", {"question": "measure=orders"}, Report),
    "view": ("/customers/views/new/", {}, SavedFilter),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", KINDS)
def test_of_two_saves_at_once_one_wins_and_the_other_is_told(kind, monkeypatch):
    """Both have found the name free; a barrier stands between that and saving."""
    from customers.view_forms import SharedForm

    address, more, model = KINDS[kind]
    user, barrier, answers = user_of(Role.MANAGER), threading.Barrier(2, timeout=60), []
    kept = SharedForm.kept

    def kept_together(form, save):
        barrier.wait()
        return kept(form, save)

    monkeypatch.setattr(SharedForm, "kept", kept_together)
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(user)

    def save(client: Client) -> None:
        try:
            answers.append(client.post(address, {"name": "Twice", "sharing": "nobody", **more}))
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [302, 422]
    assert model._base_manager.filter(name="Twice").count() == 1
    (refused,) = [answer.content.decode() for answer in answers if answer.status_code == 422]
    assert "of this name. Choose another name." in refused
