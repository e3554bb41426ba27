"""A reader for the tests of charts: plain English, euros, no Django."""

import datetime as dt


class English:
    currency = "EUR"

    def gettext(self, message, /):
        return message

    def ngettext(self, singular, plural, number, /):
        return singular if number == 1 else plural

    def number(self, value, /):
        return f"{value:,.0f}"

    def short_number(self, value, /):
        return self.number(value)

    def percent(self, share, /):
        return f"{round(share * 100, 1):g}%"

    def change(self, share, /):
        return f"{'−' if share < 0 else '+'}{self.percent(abs(share))}"

    def money(self, minor, /, *, compact=False):
        return f"€{minor / 100:,.0f}" if compact else f"€{minor / 100:,.2f}"

    def major_units(self, minor, /):
        return minor / 100

    def minor_units(self, major, /):
        return major * 100

    def month(self, day: dt.date, /):
        return f"{day:%b %Y}"

    def month_over_year(self, day: dt.date, /):
        return f"{day:%b<br>%Y}"

    def month_name(self, day: dt.date, /):
        return f"{day:%b}"

    def day(self, day: dt.date, /):
        return f"{day.day} {day:%b %Y}"


ENGLISH = English()
