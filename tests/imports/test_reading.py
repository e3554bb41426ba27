"""The reader: every row comes out, as good or as refused with its number and reason."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.errors import ImportFileError
from imports.reading import Counts, Layout, Refused, physical_lines, rows
from imports.reasons import Reason
from imports.staging import copy_block


def read(
    text: str, *, header: str = "a,b,c", delimiter: str = ","
) -> tuple[list[tuple[int, list[str]]], list[Refused], Counts]:
    refused: list[Refused] = []
    counts = Counts()
    layout = Layout(delimiter, header.split(","), 1)
    lines = physical_lines(io.StringIO(text, newline=""))
    return list(rows(lines, layout, counts, refused.append)), refused, counts


def test_rows_are_numbered_as_a_spreadsheet_does():
    good, refused, counts = read("a,b,c\n1,2,3\n4,5,6\n")
    assert good == [(2, ["1", "2", "3"]), (3, ["4", "5", "6"])]
    assert (refused, counts.rows) == ([], 2)


def test_quoted_cells_may_hold_delimiters_quotes_and_line_breaks():
    good, refused, _counts = read('a,b,c\n"1,5","say ""no""","two\r\nlines"\n7,8,9\n')
    assert good == [(2, ["1,5", 'say "no"', "two\r\nlines"]), (3, ["7", "8", "9"])]
    assert refused == []


def test_blank_after_the_delimiter_does_not_hide_a_quote():
    assert read('a,b,c\n1, "2,5", 3\n')[0] == [(2, ["1", "2,5", "3"])]


def test_blank_rows_are_counted_and_keep_their_number():
    good, _refused, counts = read("a,b,c\n\n1,2,3\n,,\n4,5,6\n")
    assert [number for number, _cells in good] == [3, 5]
    assert (counts.rows, counts.blank) == (2, 2)


def test_header_that_comes_again_is_no_row():
    good, _refused, counts = read("a,b,c\n1,2,3\na,b,c\n4,5,6\n")
    assert [number for number, _cells in good] == [2, 4]
    assert (counts.rows, counts.headers) == (2, 1)


def test_row_with_another_number_of_cells_is_refused_and_the_next_is_read():
    good, refused, counts = read("a,b,c\n1,2\n1,2,3,4\n5,6,7\n")
    assert good == [(4, ["5", "6", "7"])]
    assert [(row.row_number, row.reason, row.cells) for row in refused] == [
        (2, Reason.WIDTH, ["1", "2"]),
        (3, Reason.WIDTH, ["1", "2", "3", "4"]),
    ]
    assert (counts.rows, counts.refused) == (3, 2)


def test_empty_cells_beyond_the_header_do_no_harm():
    assert read("a,b,c\n1,2,3,,\n")[0] == [(2, ["1", "2", "3"])]


def test_nul_character_refuses_its_row_only():
    good, refused, _counts = read("a,b,c\n1,\0,3\n4,5,6\n")
    assert good == [(3, ["4", "5", "6"])]
    assert [(row.row_number, row.reason) for row in refused] == [(2, Reason.NUL)]


def test_quote_that_is_never_closed_costs_its_own_line_only():
    good, refused, counts = read('a,b,c\n1,2,3\n4,"5,6\n7,8,9\n10,11,12\n')
    assert [number for number, _cells in good] == [2, 4, 5]
    assert [(row.row_number, row.reason, row.cells) for row in refused] == [(3, Reason.OPEN_QUOTE, ['4,"5,6\n'])]
    assert counts.rows == 4


def test_quote_that_swallows_rows_up_to_the_next_quote_gives_them_back():
    good, refused, _counts = read('a,b,c\n1,"2,3\n4,5,6\n7,"8",9\n10,11,12\n')
    assert good == [(3, ["4", "5", "6"]), (4, ["7", "8", "9"]), (5, ["10", "11", "12"])]
    assert [(row.row_number, row.reason) for row in refused] == [(2, Reason.OPEN_QUOTE)]


def test_quotes_within_a_cell_are_taken_as_they_are():
    good, refused, _counts = read('a,b,c\n1,"5" pipe",3\n4,5" pipe,6\n')
    assert good == [(2, ["1", '5 pipe"', "3"]), (3, ["4", '5" pipe', "6"])]
    assert refused == []


def test_open_quote_in_the_last_row():
    good, refused, _counts = read('a,b,c\n1,2,3\n4,"5,6')
    assert [number for number, _cells in good] == [2]
    assert [(row.row_number, row.reason) for row in refused] == [(3, Reason.OPEN_QUOTE)]


def test_open_quote_before_a_long_file_is_found_without_reading_to_its_end():
    body = "".join(f"{n},x,y\n" for n in range(50_000))
    good, refused, _counts = read(f'a,b,c\n1,"2,3\n{body}')
    assert len(good) == 50_000
    assert [row.row_number for row in refused] == [2]


def test_line_without_end_is_no_table():
    with pytest.raises(ImportFileError, match="Line 2 is longer than a million characters"):
        read("a,b,c\n" + "x" * 2_000_000)


def test_line_breaks_of_old_macs():
    assert read('a,b,c\r1,2,3\r"Once\ra time",5,6\r')[0] == [(2, ["1", "2", "3"]), (3, ["Once\ra time", "5", "6"])]


def test_whitespace_separates_the_cells_of_a_report():
    good, refused, _counts = read(" a  b c\r\n 00004 19970101  2\r\n 7 8\r\n", delimiter="whitespace")
    assert good == [(2, ["00004", "19970101", "2"])]
    assert [row.row_number for row in refused] == [3]


# What a spreadsheet may hold. Blanks around a cell are left out later, a NUL is no text.
cell = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8).map(str.strip)


@given(
    table=st.lists(st.lists(cell, min_size=3, max_size=3).filter(any), max_size=8), delimiter=st.sampled_from(",;\t|")
)
def test_what_was_written_as_csv_is_read_again(table: list[list[str]], delimiter: str):
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([["a", "b", "c"], *table])
    good, refused, _counts = read(written.getvalue(), delimiter=delimiter)
    assert [cells for _number, cells in good] == [cells for cells in table if cells != ["a", "b", "c"]]
    assert refused == []


ESCAPED = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\\\": "\\"}


@given(table=st.lists(st.lists(cell, min_size=2, max_size=2), min_size=1, max_size=5))
def test_block_for_copy_keeps_every_character(table: list[list[str]]):
    block = copy_block(list(enumerate(table, start=1)), 2)
    assert [unescaped(line) for line in block.removesuffix("\n").split("\n")] == [
        [str(number), *cells] for number, cells in enumerate(table, start=1)
    ]


def unescaped(line: str) -> list[str]:
    """What PostgreSQL reads out of a line in the text format of COPY."""
    cells, rest = [""], line
    while rest:
        if rest[0] == "\t":
            cells.append("")
            rest = rest[1:]
        elif rest[0] == "\\":
            cells[-1] += ESCAPED[rest[:2]]
            rest = rest[2:]
        else:
            cells[-1] += rest[0]
            rest = rest[1:]
    return cells
