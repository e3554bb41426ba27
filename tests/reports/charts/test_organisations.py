import pandas as pd

from reports.charts.organisations import revenue_of_organisations
from tests.reports.charts.drawn import cells, validated
from tests.reports.charts.english import ENGLISH


def organisations(*rows: tuple[str, int, int], all_minor: int = 100_000, earlier: float = float("nan")) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["label", "own_minor", "people_minor"])
    known = {"people": 2, "earlier_minor": earlier, "all_minor": all_minor, "count": 9}
    return frame.assign(customer_id=range(1, len(rows) + 1), **known)


def test_an_organisation_counts_with_its_people():
    drawing = revenue_of_organisations(organisations(("Acme", 30_000, 20_000), ("Bolt", 10_000, 0)), ENGLISH)
    assert drawing.finding == "The 2 largest organisations bring 60% of the revenue of all; Acme: €500"
    assert cells(drawing)[0] == ("Acme", 50_000, 0.5, 30_000, 20_000, 2)
    own, people = validated(drawing).data
    assert (list(own.x), list(people.x)) == ([300, 100], [200, 0])
    assert drawing.sample == "n = 9 organisations"


def test_refunds_and_earlier_days_are_drawn_and_told():
    drawing = revenue_of_organisations(organisations(("Acme", -500, 200), earlier=700.0, all_minor=-300), ENGLISH)
    assert drawing.finding == "Acme brought €-3"
    assert cells(drawing)[0][-1] == 700
    assert list(validated(drawing).data[2].x) == [7]


def test_without_any_it_says_so():
    assert revenue_of_organisations(organisations(), ENGLISH).figure is None
