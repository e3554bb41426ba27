"""What becomes of the rows that belong to a record when it goes into another one.

Every foreign key to customers has a step, in its app's module `merging` (here: `customers.merging.own_steps`), that is
registered from `AppConfig.ready`; a test fails on one that has none. Steps work in sets, by SQL, so that a hundred
thousand rows cost one statement; what they touched is noted in `MergedRows`, one array a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from psycopg import sql

from customers.models import Customer, Merge, MergedRows

Effect = MergedRows.Effect
Link = tuple[type[models.Model], str]


@dataclass(frozen=True)
class Pair:
    """One record on its way into the survivor, or back. `involved` are all records of the merge."""

    merge: Merge
    absorbed_id: int

    @property
    def survivor_id(self) -> int:
        return self.merge.survivor_id

    @property
    def involved(self) -> list[int]:
        return [self.merge.survivor_id, *self.merge.absorbed_ids]


class Step(Protocol):
    """`links`: the foreign keys that it answers for. `undo` says in words what could not go back as it was."""

    @property
    def links(self) -> Sequence[Link]: ...

    def count(self, absorbed_ids: Sequence[int]) -> int: ...

    def merge(self, pair: Pair) -> int: ...

    def undo(self, pair: Pair) -> Iterator[str]: ...


@dataclass(frozen=True)
class Stays:
    """The rows stay with the absorbed record, for a reason that a reviewer can judge."""

    model: type[models.Model]
    field: str
    because: str

    @property
    def links(self) -> Sequence[Link]:
        return [(self.model, self.field)]

    def count(self, absorbed_ids: Sequence[int]) -> int:
        return 0

    def merge(self, pair: Pair) -> int:
        return 0

    def undo(self, pair: Pair) -> Iterator[str]:
        return iter(())


@dataclass(frozen=True)
class Dropped:
    """Results that a later run makes anew: those of the absorbed record go."""

    links: Sequence[Link]
    drop: Callable[[Sequence[int]], int]

    def count(self, absorbed_ids: Sequence[int]) -> int:
        return 0

    def merge(self, pair: Pair) -> int:
        self.drop([pair.absorbed_id])
        return 0

    def undo(self, pair: Pair) -> Iterator[str]:
        return iter(())


@dataclass(frozen=True)
class Moves:
    """The rows go over to the survivor.

    `same_by` are columns, or SQL of a row `r`, of which the survivor has each value once: a row that the survivor has
    already stays behind. Rows that are marked as deleted stay too, and of two primary ones the survivor's stays so.
    """

    model: type[models.Model]
    field: str = "customer"
    same_by: tuple[str, ...] = ()

    @property
    def links(self) -> Sequence[Link]:
        return [(self.model, self.field)]

    @property
    def column(self) -> str:
        return str(_field(self.model, self.field).column)

    @property
    def table(self) -> str:
        return self.model._meta.db_table

    def count(self, absorbed_ids: Sequence[int]) -> int:
        return int(self.model._base_manager.filter(**{f"{self.field}__in": absorbed_ids}).count())

    # --- merging ------------------------------------------------------------------------------------------------------

    def merge(self, pair: Pair) -> int:
        if self.model is Customer:
            self._clear_own(pair)
        if _has(self.model, "is_primary"):
            self._demote(pair)
        change = sql.SQL("{column} = %(survivor)s").format(column=sql.Identifier(self.column))
        return self._touch(pair, Effect.MOVED, change, self._first_of_each() if self.same_by else self._all())

    def _all(self) -> sql.Composable:
        """Asked of each row itself: a join of the table with itself can take hours where the planner expects few."""
        others = sql.SQL("AND id <> ALL (%(involved)s)" if self.model is Customer else "")
        return sql.SQL("{column} = %(absorbed)s {living} {others}").format(
            column=sql.Identifier(self.column), living=self._living(self.table), others=others
        )

    def _first_of_each(self) -> sql.Composable:
        return sql.SQL(
            "id IN (SELECT DISTINCT ON ({same}) r.id FROM {table} r WHERE r.{column} = %(absorbed)s {living} {new}"
            " ORDER BY {same}, r.id)"
        ).format(
            same=sql.SQL(", ").join(self._same("r")),
            table=sql.Identifier(self.table),
            column=sql.Identifier(self.column),
            living=self._living("r"),
            new=self._not_there_yet(),
        )

    def _clear_own(self, pair: Pair) -> None:
        """The survivor cannot refer to itself."""
        column = sql.Identifier(self.column)
        where = sql.SQL("id = %(survivor)s AND {} = %(absorbed)s").format(column)
        self._touch(pair, Effect.CLEARED, sql.SQL("{} = NULL").format(column), where)

    def _demote(self, pair: Pair) -> None:
        where = sql.SQL(
            "{column} = %(absorbed)s AND is_primary AND EXISTS (SELECT FROM {table} r WHERE r.{column} = %(survivor)s"
            " AND r.is_primary {living})"
        ).format(table=sql.Identifier(self.table), column=sql.Identifier(self.column), living=self._living("r"))
        self._touch(pair, Effect.DEMOTED, sql.SQL("is_primary = false"), where)

    def _touch(self, pair: Pair, effect: str, change: sql.Composable, where: sql.Composable) -> int:
        statement = sql.SQL(
            "WITH touched AS (UPDATE {table} SET {change} WHERE {where} RETURNING {table}.id)"
            " INSERT INTO {notes} (merge_id, absorbed_id, table_name, {column_name}, effect, row_ids)"
            " SELECT %(merge)s, %(absorbed)s, %(table)s, %(column)s, %(effect)s, array_agg(id ORDER BY id)"
            " FROM touched HAVING count(*) > 0 RETURNING cardinality(row_ids)"
        ).format(
            table=sql.Identifier(self.table),
            change=change,
            where=where,
            notes=sql.Identifier(MergedRows._meta.db_table),
            column_name=sql.Identifier("column"),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, self._params(pair) | {"effect": effect})
            found = cursor.fetchone()
        return int(found[0]) if found else 0

    def _params(self, pair: Pair) -> dict[str, Any]:
        return {
            "merge": pair.merge.pk,
            "survivor": pair.survivor_id,
            "absorbed": pair.absorbed_id,
            "involved": pair.involved,
            "table": self.table,
            "column": self.column,
        }

    def _same(self, row: str) -> list[sql.Composable]:
        return [sql.SQL(each.replace("r.", f"{row}.") if "r." in each else f"{row}.{each}") for each in self.same_by]

    def _living(self, row: str) -> sql.Composable:
        marked = self.model is not Customer and _has(self.model, "deleted_at")
        return sql.SQL(f"AND {row}.deleted_at IS NULL" if marked else "")

    def _not_there_yet(self) -> sql.Composable:
        return sql.SQL(
            "AND NOT EXISTS (SELECT FROM {table} s WHERE s.{column} = %(survivor)s {living} AND ({theirs}) = ({ours}))"
        ).format(
            table=sql.Identifier(self.table),
            column=sql.Identifier(self.column),
            living=self._living("s"),
            theirs=sql.SQL(", ").join(self._same("s")),
            ours=sql.SQL(", ").join(self._same("r")),
        )

    # --- undoing ------------------------------------------------------------------------------------------------------

    def undo(self, pair: Pair) -> Iterator[str]:
        noted = MergedRows.objects.filter(
            merge=pair.merge, absorbed_id=pair.absorbed_id, table_name=self.table, column=self.column
        )
        by_effect = {notes.effect: notes.row_ids for notes in noted}
        moved = by_effect.get(Effect.MOVED, [])
        went_back = self._move_back(pair, moved) if moved else 0
        if lost := len(moved) - went_back:
            name = str(self.model._meta.verbose_name if lost == 1 else self.model._meta.verbose_name_plural)
            yield ngettext(
                "%(count)d row of “%(name)s” was removed or given to somebody else since.",
                "%(count)d rows of “%(name)s” were removed or given to somebody else since.",
                lost,
            ) % {"count": lost, "name": name}
        if cleared := by_effect.get(Effect.CLEARED):
            kept = self.model._base_manager.filter(pk__in=cleared, **{f"{self.field}__isnull": True})
            if not kept.update(**{self.field: pair.absorbed_id}):
                label = str(_field(self.model, self.field).verbose_name)
                yield _("“%(field)s” was changed since: it stays as it is now.") % {"field": label}
        if demoted := by_effect.get(Effect.DEMOTED):
            self._promote(pair, demoted)

    def _move_back(self, pair: Pair, moved: list[int]) -> int:
        table, column = sql.Identifier(self.table), sql.Identifier(self.column)
        primary = sql.SQL(
            ", is_primary = t.is_primary AND NOT EXISTS (SELECT FROM {table} o WHERE o.{column} = %(absorbed)s"
            " AND o.is_primary)"
        ).format(table=table, column=column)
        statement = sql.SQL(
            "UPDATE {table} t SET {column} = %(absorbed)s {primary}"
            " WHERE t.id = ANY (%(moved)s) AND t.{column} = %(survivor)s"
        ).format(table=table, column=column, primary=primary if _has(self.model, "is_primary") else sql.SQL(""))
        with connection.cursor() as cursor:
            cursor.execute(statement, self._params(pair) | {"moved": moved})
            return int(cursor.rowcount)

    def _promote(self, pair: Pair, demoted: list[int]) -> None:
        rows = self.model._base_manager.filter(**{self.field: pair.absorbed_id})
        if not rows.filter(is_primary=True).exists():
            rows.filter(pk__in=demoted[:1]).update(is_primary=True)


def _field(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _has(model: type[models.Model], name: str) -> bool:
    try:
        model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return True


def note_added(pair: Pair, rows: Sequence[models.Model]) -> None:
    """Rows that the merge wrote, and that an undo removes."""
    if rows:
        MergedRows.objects.create(
            merge=pair.merge,
            absorbed_id=pair.absorbed_id,
            table_name=rows[0]._meta.db_table,
            column="",
            effect=Effect.ADDED,
            row_ids=[row.pk for row in rows],
        )


# --- the registry -----------------------------------------------------------------------------------------------------


@dataclass
class Registry:
    """`refusals`: what an app above has against merging these records, in words ("" where nothing)."""

    steps: list[Step] = field(default_factory=list)
    refusals: list[Callable[[Sequence[int]], str]] = field(default_factory=list)

    def add(self, *steps: Step) -> None:
        for step in steps:
            if doubled := set(step.links) & set(self.links()):
                raise ValueError(f"{doubled} has a step of merging already")
            self.steps.append(step)

    def links(self) -> Iterator[Link]:
        for step in self.steps:
            yield from step.links


registry = Registry()


def links_to_customers(models_: Sequence[type[models.Model]]) -> Iterator[Link]:
    """Every foreign key to customers, those of many-to-many tables included."""
    for model in models_:
        for each in model._meta.local_fields:
            if each.related_model is Customer:
                yield model, each.name
