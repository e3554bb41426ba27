"""How the fields and the timeline of a customer's page are written.

Functions, not templates: a page has some thirty fields and twenty entries, and a template for each takes longer than
all the questions to the database. What few of them need stays a template.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any
from urllib.parse import quote

from django.template import Context
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from core.icons import icon_svg
from core.templatetags.ui import ago, long_text
from customers.cells import NOTHING, markup
from customers.field_rows import FieldRow
from customers.timeline import Shown


def field_rows(context: Context, rows: Iterable[FieldRow]) -> SafeString:
    """Fields of the `customer` of the page, each with the way to its form."""
    page = context["customer"].get_absolute_url()
    return markup("".join(_field_row(context, row, page) for row in rows))


def _field_row(context: Context, row: FieldRow, page: str) -> str:
    slot, kind = f' id="{escape(row.slot)}"' if row.slot else "", " list" if row.is_list else ""
    edit = field_edit(context, row, row.new_name, page, icon="plus") if row.is_list else ""
    if row.name and not row.is_list:
        edit = field_edit(context, row, row.name, page)
    return (
        f'<div class="field-row{kind}"{slot}><dt><bdi>{escape(str(row.label))}</bdi></dt>'
        f"<dd>{_value(context, row)}{edit}</dd></div>\n"
    )


def _value(context: Context, row: FieldRow) -> str:
    if row.shape == "text":
        return NOTHING if row.is_empty else long_text(row.value)
    return part(context, row.template, row=row)


def field_edit(
    context: Context, row: FieldRow, name: str, page: str, *, label: str = "", icon: str = "pencil"
) -> SafeString:
    """The way to the form of a field, or of one of its parts."""
    if not row.may_edit:
        return markup("")
    label = label or (gettext("Add: %(field)s") if row.is_list else gettext("Edit: %(field)s")) % {"field": row.label}
    url, label = f"{page}fields/{quote(name)}/", escape(str(label))
    focus = " autofocus" if context.get("is_focused") else ""
    return markup(
        f'<a class="edit" href="{url}" hx-get="{url}" hx-target="#{escape(row.slot)}" hx-swap="outerHTML"'
        f' aria-label="{label}" title="{label}"{focus}>{icon_svg(icon, size=14)}</a>'
    )


def timeline_lines(context: Context, entries: Iterable[Shown]) -> SafeString:
    return markup("".join(_timeline_line(context, shown) for shown in entries))


def _timeline_line(context: Context, shown: Shown) -> str:
    entry = shown.entry
    title = f"<bdi>{escape(str(entry.title))}</bdi>"
    title = f'<a href="{escape(entry.url)}">{title}</a>' if entry.url else f"<b>{title}</b>"
    body = f"<div>{long_text(entry.body)}</div>" if entry.body else ""
    if entry.template:
        body = part(context, entry.template, source=shown.source, entry=entry)
    actor = f"<small><bdi>{escape(entry.actor)}</bdi></small>" if entry.actor else ""
    return (
        f'<li class="line" data-source="{escape(shown.source.key)}">'
        f'<i aria-hidden="true">{icon_svg(entry.icon)}</i><div>\n'
        f"  {title}\n  {body}\n  {actor}\n</div><small>{ago(entry.at)}</small></li>\n"
    )


def part(context: Context, template: str, **said: Any) -> SafeString:
    """A template within that of the page, which knows all that the page knows."""
    assert context.template is not None  # noqa: S101  # a tag is only ever used by one
    with context.push(**said):
        return context.template.engine.get_template(template).render(context)
