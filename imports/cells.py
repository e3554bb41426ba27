"""From the file's columns to our fields, and from text to typed values: two views, nothing stored.

`cells` has every field of the kind as trimmed text, NULL where it is empty. `parsed` has them typed; `faults` names
what rejects the row and `flaws` what costs only the cell, as `field:reason`.
"""

from __future__ import annotations

from collections.abc import Sequence

from babel.numbers import list_currencies
from psycopg import sql

from customers.plausible_days import latest
from imports.fields import FIELDS, Field, Type
from imports.layout import Plan
from imports.mapping import PLACEHOLDER, FileMapping
from imports.reasons import Reason
from protection.masking import DOTS

# Most numbers are found by this, at a third of the cost of those below.
PLAIN_NUMBER = r"^-?\d+(?:\.\d+)?$"
PLAIN_LENGTH = 11
# At most eleven digits before the point, so that it still fits numeric(18, 6) when it is rounded up. 1.5e+06 is how
# data frames write.
DIGITS = r"(?:(?:\d{1,11}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE]-\d\d?)?|\d(?:\.\d{0,30})?[eE]\+?(?:0?\d|10))"
NUMBER = rf"^[+-]?{DIGITS}$"
NOT_NEGATIVE = rf"^\+?{DIGITS}$"
SHARE = r"^(?:0?\.\d{1,30}|0(?:\.\d{0,30})?|1(?:\.0{0,30})?|\d(?:\.\d{0,30})?[eE]-\d\d?)$"
LARGE_NUMBER = r"^[+-]?(?:\d{12,}(?:[.,]\d*)?|\d+(?:\.\d*)?[eE]\+?\d+)$"
NEGATIVE_NUMBER = r"^-\d+(?:[.,]\d*)?$"
WITH_COMMAS = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?$"
WITH_DECIMAL_COMMA = r"^[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?$"
WEBSITE = r"^(?:[Hh][Tt][Tt][Pp][Ss]?://)?[^\s/:?#@\"'<>]+\.[^\s/:?#@\"'<>]{2,}(?::\d{1,5})?(?:[/?#][^\s\"<>]*)?$"
# With a year of four digits, such as 0202-05-03: what is wrong is the day, not how it is written.
LOOKS_LIKE_A_DAY = r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{4})\y"
EMAIL = r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$"

SQL_TYPES = {Type.NUMBER: "numeric", Type.SHARE: "numeric", Type.MOMENT: "timestamptz", Type.DAY: "date"}
UNREADABLE = {
    Type.KEY: Reason.TOO_LONG,
    Type.TEXT: Reason.TOO_LONG,
    Type.TAGS: Reason.TOO_LONG,
    Type.SHARE: Reason.NOT_A_SHARE,
    Type.MOMENT: Reason.NOT_A_DATE,
    Type.CHOICE: Reason.NOT_A_CHOICE,
    Type.COUNTRY: Reason.UNKNOWN_COUNTRY,
    Type.CURRENCY: Reason.NOT_A_CURRENCY,
    Type.EMAIL: Reason.NOT_AN_EMAIL,
    Type.PHONE: Reason.NOT_A_PHONE,
    Type.WEBSITE: Reason.NOT_A_WEBSITE,
}

# Fields that are hidden from some roles: the dots of their exports are no values, so what is kept stays. An address is
# taken over as a whole, or not at all.
ADDRESS = ("street", "postal_code", "city", "region", "country")
HIDEABLE = {name: (name,) for name in ("email", "phone", "birth_date", "annual_income")} | dict.fromkeys(
    ADDRESS, ("street", "postal_code")
)

Expression = sql.Composable


def mapped_fields(mapping: FileMapping) -> list[Field]:
    return [item for item in FIELDS[mapping.kind] if item.name in mapping.columns or item.name in mapping.constants]


# --- cells ------------------------------------------------------------------------------------------------------------


def cells_view(plan: Plan) -> Expression:
    mapped = {item.name for item in mapped_fields(plan.mapping)}
    columns = [
        sql.SQL("{value} AS {name}").format(
            value=_unless_hidden(item, _text_of(item, plan), plan) if item.name in mapped else sql.SQL("NULL::text"),
            name=sql.Identifier(item.name),
        )
        for item in FIELDS[plan.mapping.kind]
    ]
    return sql.SQL("CREATE VIEW cells AS SELECT row_number, {columns} FROM staged").format(
        columns=sql.SQL(", ").join(columns)
    )


def _text_of(item: Field, plan: Plan) -> Expression:
    mapping = plan.mapping
    if item.name not in mapping.columns:
        return sql.SQL("{}::text").format(sql.Literal(mapping.constants[item.name]))
    column = mapping.columns[item.name]
    if isinstance(column, list):
        value: Expression = sql.SQL("nullif(concat_ws(' ', {}), '')").format(
            sql.SQL(", ").join(_cell(plan.position(name)) for name in column)
        )
    elif PLACEHOLDER.search(column):
        value = _put_together(column, plan)
    else:
        value = _cell(plan.position(column))
    # An article without a number goes by its name, which may be longer than a number is.
    if item.name == "sku" and column == mapping.columns.get("product_name"):
        return sql.SQL(
            "CASE WHEN length({0}) <= {1} THEN {0} ELSE left({0}, {1} - 9) || '-' || left(md5({0}), 8) END"
        ).format(value, item.max_length)
    # Numbers of customers and documents that went through a spreadsheet or a data frame as floats: 17850.0
    if item.type is Type.KEY and item.name != "sku":
        return sql.SQL("CASE WHEN {0} LIKE '%.0' AND {0} ~ '^\\d+\\.0$' THEN left({0}, -2) ELSE {0} END").format(value)
    return value


def _cell(position: int) -> Expression:
    return sql.Identifier(f"c{position + 1}")


def _unless_hidden(item: Field, value: Expression, plan: Plan) -> Expression:
    beside = [column for name in HIDEABLE.get(item.name, ()) for column in plan.mapping.columns_of(name)]
    if not beside:
        return value
    dots = sql.SQL(", ").join(map(sql.Literal, sorted(DOTS)))
    is_hidden = [sql.SQL("{} IN ({})").format(_cell(plan.position(column)), dots) for column in beside]
    return sql.SQL("CASE WHEN {} THEN NULL ELSE {} END").format(sql.SQL(" OR ").join(is_hidden), value)


def _put_together(template: str, plan: Plan) -> Expression:
    """The parts of `{id}-{date}`; nothing at all where one of its columns is empty."""
    parts = PLACEHOLDER.split(template)  # text and column in turn
    values = [
        _cell(plan.position(part)) if number % 2 else sql.SQL("{}::text").format(sql.Literal(part))
        for number, part in enumerate(parts)
    ]
    return sql.SQL("({})").format(sql.SQL(" || ").join(values))


# --- parsed -----------------------------------------------------------------------------------------------------------


def parsed_view(mapping: FileMapping) -> Expression:
    """`parsed`: the typed value of each field under its name, NULL where it cannot be read. Beside it are the day of a
    moment (`<name>_day`) and a country that is not known (`<name>_unknown`)."""
    kind, mapped = mapping.kind, mapped_fields(mapping)
    columns = [name for item in FIELDS[kind] for name in columns_of(item)]
    readings = {name: value for item in mapped for name, value in _readings(item, mapping.decimal).items()}
    empty = {name: _empty(item, name) for item in FIELDS[kind] for name in columns_of(item)}
    # OFFSET 0 keeps PostgreSQL from reading each cell again wherever its value is used.
    return sql.SQL(
        "CREATE VIEW parsed AS SELECT row_number, {columns}, {faults} AS faults, {flaws} AS flaws"
        " FROM (SELECT cells.row_number, {written}, {readings} FROM cells {joins} OFFSET 0) AS reading"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        faults=_problems([item for item in mapped if item.essential]),
        flaws=_problems([item for item in mapped if not item.essential]),
        written=sql.SQL(", ").join(
            sql.SQL("cells.{} AS {}").format(sql.Identifier(item.name), _written(item)) for item in mapped
        ),
        readings=sql.SQL(", ").join(
            sql.SQL("{} AS {}").format(value, sql.Identifier(name)) for name, value in {**empty, **readings}.items()
        ),
        joins=sql.SQL(" ").join(map(_join, mapped)),
    )


def columns_of(item: Field) -> tuple[str, ...]:
    beside = {Type.MOMENT: "day", Type.COUNTRY: "unknown"}
    return (item.name, f"{item.name}_{beside[item.type]}") if item.type in beside else (item.name,)


def _written(item: Field) -> Expression:
    return sql.Identifier(f"{item.name}_written")


def _empty(item: Field, name: str) -> Expression:
    return sql.SQL("NULL::" + ("date" if name.endswith("_day") else SQL_TYPES.get(item.type, "text")))


def _join(item: Field) -> Expression:
    if item.type in {Type.MOMENT, Type.DAY}:
        table = "moments"
    elif item.type is Type.COUNTRY:
        table = "countries"
    else:
        return sql.SQL("")
    return sql.SQL("LEFT JOIN {table} AS {read} ON {read}.written = cells.{name}").format(
        table=sql.Identifier(table), read=_read(item), name=sql.Identifier(item.name)
    )


def _read(item: Field) -> Expression:
    return sql.Identifier(f"{item.name}_read")


def _readings(item: Field, decimal: str) -> dict[str, Expression]:
    """What is read from the cell of a field, NULL where that cannot be done."""
    cell = sql.SQL("cells.{}").format(sql.Identifier(item.name))
    match item.type:
        case Type.MOMENT:
            return {item.name: sql.SQL("{}.at").format(_read(item)), f"{item.name}_day": _day("day", item)}
        case Type.DAY:
            day = _day("written_day", item)
            return {item.name: sql.SQL("CASE WHEN {0} <= {1} THEN {0} END").format(day, latest(item.name))}
        case Type.COUNTRY:
            code = sql.SQL("{}.code").format(_read(item))
            return {
                item.name: code,
                f"{item.name}_unknown": sql.SQL("CASE WHEN {} IS NULL THEN left({}, {}) END").format(
                    code, cell, item.max_length
                ),
            }
        case Type.NUMBER:
            return {item.name: _number(cell, NOT_NEGATIVE if item.not_negative else NUMBER, decimal)}
        case Type.SHARE:
            return {item.name: _number(cell, SHARE, decimal)}
        case Type.CHOICE:
            return {item.name: _choice(cell, item)}
        case Type.CURRENCY:
            codes = sorted(list_currencies())
            return {item.name: sql.SQL("CASE WHEN upper({0}) = ANY({1}) THEN upper({0}) END").format(cell, codes)}
        case Type.EMAIL:
            good = sql.SQL("{} ~ {} AND length({}) <= {}").format(cell, EMAIL, cell, item.max_length or 254)
        case Type.PHONE:
            good = sql.SQL(
                "length(regexp_replace({0}, '\\D', '', 'g')) BETWEEN 3 AND 20 AND length({0}) <= {1}"
            ).format(cell, item.max_length)
        case Type.WEBSITE:
            written = sql.SQL(
                "CASE WHEN {0} ~ {1} AND length({0}) <= {2} THEN CASE WHEN {0} ~* '^https?://' THEN {0}"
                " ELSE 'https://' || {0} END END"
            ).format(cell, WEBSITE, item.max_length)
            return {item.name: written}
        case _:
            if not item.max_length:
                return {item.name: cell}
            good = sql.SQL("length({}) <= {}").format(cell, item.max_length)
    return {item.name: sql.SQL("CASE WHEN {} THEN {} END").format(good, cell)}


def _day(column: str, item: Field) -> Expression:
    return sql.SQL("{}.{}").format(_read(item), sql.Identifier(column))


def _number(cell: Expression, pattern: str, decimal: str) -> Expression:
    if decimal == "comma":
        is_grouped, point = WITH_DECIMAL_COMMA, sql.SQL("replace(replace({}, '.', ''), ',', '.')").format(cell)
    else:
        is_grouped, point = WITH_COMMAS, sql.SQL("replace({}, ',', '')").format(cell)
    return sql.SQL(
        "CASE WHEN {is_usual} THEN {cell}::numeric(18, 6)"
        " WHEN {cell} ~ {is_grouped} THEN CASE WHEN {point} ~ {pattern} THEN {point}::numeric(18, 6) END"
        " WHEN {decimal} = 'point' AND {cell} ~ {pattern} THEN {cell}::numeric(18, 6) END"
    ).format(
        is_usual=_is_usual_number(cell) if pattern == NUMBER and decimal == "point" else sql.SQL("false"),
        cell=cell, point=point, pattern=pattern, is_grouped=is_grouped, decimal=decimal,
    )  # fmt: skip


def _is_usual_number(cell: Expression) -> Expression:
    return sql.SQL("length({0}) <= {1} AND {0} ~ {2}").format(cell, PLAIN_LENGTH, PLAIN_NUMBER)


def _choice(cell: Expression, item: Field) -> Expression:
    cases = [sql.SQL("WHEN {} THEN {}").format(written, value) for written, value in item.choices]
    return sql.SQL("CASE lower({}) {} END").format(cell, sql.SQL(" ").join(cases))


def _problems(items: Sequence[Field]) -> Expression:
    """What stands against the row, as an array; NULL for a good row, which costs no more than the looking."""
    if not items:
        return sql.SQL("NULL::text[]")
    return sql.SQL("CASE WHEN {any} THEN array_remove(ARRAY[{all}], NULL) END").format(
        any=sql.SQL(" OR ").join(map(_is_bad, items)), all=sql.SQL(", ").join(map(_reason, items))
    )


def _is_bad(item: Field) -> Expression:
    if item.required:
        return sql.SQL("{} IS NULL").format(sql.Identifier(item.name))
    return sql.SQL("({} IS NULL AND {} IS NOT NULL)").format(sql.Identifier(item.name), _written(item))


def _reason(item: Field) -> Expression:
    def problem(reason: Reason) -> str:
        return f"{item.name}:{reason}"

    if item.type is Type.NUMBER:
        reading: Expression = sql.SQL(
            "CASE WHEN {written} ~ {is_large} THEN {too_large} WHEN {is_bounded} AND {written} ~ {is_negative}"
            " THEN {below_zero} ELSE {no_number} END"
        ).format(
            written=_written(item),
            is_large=LARGE_NUMBER,
            is_negative=NEGATIVE_NUMBER,
            is_bounded=item.not_negative,
            no_number=problem(Reason.NOT_A_NUMBER),
            below_zero=problem(Reason.NEGATIVE),
            too_large=problem(Reason.TOO_LARGE),
        )
    elif item.type is Type.DAY:
        reading = sql.SQL("CASE WHEN {} ~ {} THEN {} ELSE {} END").format(
            _written(item), LOOKS_LIKE_A_DAY, problem(Reason.IMPLAUSIBLE_DAY), problem(Reason.NOT_A_DATE)
        )
    else:
        reading = sql.Literal(problem(UNREADABLE[item.type]))
    return sql.SQL("CASE WHEN {written} IS NULL AND {required} THEN {missing} WHEN {bad} THEN {reading} END").format(
        written=_written(item),
        required=item.required,
        missing=problem(Reason.MISSING),
        bad=_is_bad(item),
        reading=reading,
    )
