"""What the cards of a dashboard show to one reader: each by their own rights, or in a line why it does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from analytics.snapshot import FilesMissing
from reports.cards import Card, card, card_url
from reports.catalog import BY_KEY, Chart, Label
from reports.catalog.entry import EVERYTHING, Follows
from reports.charts.drawing import nothing_to_draw
from reports.charts.words import Words
from reports.dashboards.one_filter import DashboardFilterForm, filter_of
from reports.exploring import Asked
from reports.forms import ExplorerForm
from reports.frames import Published
from reports.models import Dashboard, DashboardCard, Report
from reports.scope import Scope
from reports.semantics.answers import NothingToAsk, newest_facts
from reports.semantics.questions import BadQuestion


@dataclass(frozen=True)
class Heading:
    """What a card says of a saved report where others have the words of the catalog."""

    key: str
    title: Label
    definition: Label = ""
    advice: Label = ""
    panels: bool = False
    is_tall: bool = False
    follows: frozenset[Follows] = EVERYTHING
    of_runs: bool = False
    source: Label = ""


@dataclass(frozen=True)
class ReportCard(Card):
    """The answer to a saved report."""

    chart: Heading  # type: ignore[assignment]  # of a chart, a card reads no more than this
    query: str = ""
    ignored: str = ""
    said: str = ""

    @property
    def note(self) -> str:
        """Its days and customers too, which stand nowhere else."""
        return " · ".join(part for part in (super().note, self.said) if part)

    @property
    def not_followed(self) -> str:
        return self.ignored

    @property
    def own_url(self) -> str:
        """Where the question stands, to be looked at more closely."""
        return f"{reverse('reports:explore')}?{self.query}"

    def _table_url(self, file_format: str) -> str:
        return f"{reverse('reports:explored_file', args=[file_format])}?{self.query}"


@dataclass(frozen=True)
class Placed:
    """A card as one reader may know it: what it shows, or neither, where they may not see it or it is there no more."""

    card: DashboardCard
    chart: Chart | None
    report: Report | None
    reader: User

    @property
    def title(self) -> Label:
        if self.report is not None:
            return self.report.name
        return self.chart.title if self.chart is not None else self.why_not

    @property
    def why_not(self) -> str:
        """Why the reader does not see it, without saying what a report is called; empty where they do."""
        if self.chart is not None or self.report is not None:
            return ""
        if self.card.report_id is not None:
            return _("A saved report is not shared with you. Ask whom this dashboard belongs to.")
        chart = BY_KEY.get(self.card.chart)
        if chart is None:
            return _("A chart is not there any more. Whom this dashboard belongs to can remove it.")
        if self.reader.role in chart.roles:
            return _("%(chart)s: made of all customers, of whom you see a part.") % {"chart": chart.title}
        return _("%(chart)s: not for your role.") % {"chart": chart.title}

    @property
    def element_id(self) -> str:
        return f"card-{self.card.pk}"


@dataclass(frozen=True)
class Slot:
    """A place on the page: the card that is drawn into it at once, or none where it is fetched."""

    placed: Placed
    drawn: Card | None
    address: str

    @property
    def url(self) -> str:
        """Where the card is fetched from."""
        address = reverse("reports:dashboard_card", args=[self.placed.card.dashboard_id, self.placed.card.pk])
        return f"{address}{'?' if self.address else ''}{self.address}"

    @property
    def plain_url(self) -> str:
        """Where the same is seen without scripts."""
        if self.placed.report is not None:
            return self.placed.report.get_absolute_url()
        return card_url(self.placed.chart, "") if self.placed.chart else ""


def placed_on(dashboard: Dashboard, user: User) -> list[Placed]:
    """The cards in their order."""
    cards = list(dashboard.cards.all())
    of_cards = Report.objects.available_to(user.sight).filter(dashboardcard__dashboard=dashboard)
    reports = {report.pk: report for report in of_cards}
    return [Placed(card, _seen_chart(card.chart, user), reports.get(card.report_id or 0), user) for card in cards]


def may_see(user: User, chart: Chart) -> bool:
    return user.role in chart.roles and (user.sight.sees_all or not chart.by_series)


def _seen_chart(key: str, user: User) -> Chart | None:
    chart = BY_KEY.get(key)
    return chart if chart is not None and may_see(user, chart) else None


def slots_of(
    cards: Iterable[Placed], published: Published, words: Words, asked: DashboardFilterForm | None
) -> list[Slot]:
    """What there is to see. The page does not wait for what is computed from facts, as the answer to a report is."""
    scope = asked.asked_scope if asked else None
    address = asked.address if asked else ""
    return [
        Slot(placed, _drawn_at_once(placed, published, words, scope), address) for placed in cards if not placed.why_not
    ]


def _drawn_at_once(placed: Placed, published: Published, words: Words, scope: Scope | None) -> Card | None:
    if placed.chart is None or placed.chart.waits(scope):
        return None
    return card(placed.chart, published, words, scope=scope)


def left_out(cards: Iterable[Placed]) -> list[str]:
    return list(dict.fromkeys(placed.why_not for placed in cards if placed.why_not))


def drawn_cards(dashboard: Dashboard, user: User, words: Words) -> list[Card]:
    """All that the reader may see, by the filter that is saved, where nothing is fetched later. None where they may not
    use the filter: what it leaves out would be told of."""
    asked = filter_of(dashboard, {}, user.sight)
    if asked is not None and not asked.is_valid():
        return []
    published = Published.now(user.sight, scope=asked.scope if asked else None)
    cards = placed_on(dashboard, user)
    return [drawn_card(placed, user, published, words, asked) for placed in cards if not placed.why_not]


def drawn_card(
    placed: Placed, user: User, published: Published, words: Words, asked: DashboardFilterForm | None
) -> Card:
    """Of one that has no `why_not`; `published` is of the scope of what is asked."""
    if placed.report is not None:
        return report_card(placed.report, user, words, asked)
    assert placed.chart is not None  # noqa: S101 - see Placed.why_not
    return card(placed.chart, published, words, scope=asked.asked_scope if asked else None)


# --- saved reports ----------------------------------------------------------------------------------------------------


def report_card(report: Report, user: User, words: Words, asked: DashboardFilterForm | None) -> ReportCard:
    """The answer for what this person may see; where there is none, its words say why."""
    try:
        run = newest_facts()
    except NothingToAsk:
        return _unanswered(report, words, _("There is nothing to ask yet"))
    form = ExplorerForm(report.question, sight=user.sight, last_day=run.as_of)
    query = {"report": str(report.pk)}
    if not form.is_valid():
        return _unanswered(report, words, " ".join(_errors(form)), query=urlencode(query))
    if asked is not None:
        query = asked.query_for(query, form.cleaned_data["filter"])
    try:
        question = asked.applied(form.question, sight=user.sight) if asked else form.question
        answered = Asked(question, run, user.sight, words, as_line=form.as_line)
        drawing = answered.drawing()
    except BadQuestion as error:
        return _unanswered(report, words, str(error), query=urlencode(query))
    except FilesMissing:
        missing = _("The facts behind this run are not kept any more. Recompute, then ask again.")
        return _unanswered(report, words, missing, query=urlencode(query))
    # Names below each other need room.
    is_tall = not question.divided.is_time
    heading = Heading(f"report-{report.pk}", report.name, question.measured.definition, is_tall=is_tall)
    ignored = asked.not_followed_by(question) if asked else ""
    return ReportCard(heading, drawing, run, words, query=urlencode(query), ignored=ignored, said=answered.said)


def _unanswered(report: Report, words: Words, why: str, *, query: str = "") -> ReportCard:
    return ReportCard(Heading(f"report-{report.pk}", report.name), nothing_to_draw(why), None, words, query=query)


def _errors(form: ExplorerForm) -> Sequence[str]:
    return [str(error) for errors in form.errors.values() for error in errors]
