from contextlib import suppress

import pytest
from exchange_samples import HEADER, movement, refusal, same, text
from hypothesis import given
from hypothesis import strategies as st

from anklet.errors import DataError
from anklet.exchange.csv_in import check_different, parse_samples, read_samples
from anklet.exchange.csv_out import write_samples

fields = st.floats().map(repr) | st.sampled_from(["", " ", "1", "x", '"', '"2"', "1e400", "\t"])


def test_samples_read_back_exactly(tmp_path):
    samples = movement()
    write_samples(tmp_path / "a.csv", samples)
    back = read_samples(tmp_path / "a.csv")
    same(back.samples, samples)
    assert back.data == (tmp_path / "a.csv").read_bytes()
    assert len(back.sha256) == 64
    assert back.warnings == ()
    assert not back.samples.saturated.any()


def test_bom_crlf_quotes_spaces_blank_lines_and_other_columns():
    samples = movement(2.0, still_s=0.5)
    lines = text(samples).splitlines()
    lines = ['"' + lines[0].replace(",", '","') + '",note,"é"', *(f" {x} ,hi,7" for x in lines[1:])]
    lines.insert(5, "")
    data = b"\xef\xbb\xbf" + "\r\n".join(lines).encode()
    same(parse_samples(data, "a").samples, samples)


def test_columns_in_another_order():
    samples = movement(2.0)
    rows = [",".join(reversed(line.split(","))) for line in text(samples).splitlines()]
    same(parse_samples("\n".join(rows).encode(), "a").samples, samples)


def test_missing_file_folder_and_empty(tmp_path):
    assert "none.csv does not exist" in refusal(read_samples, tmp_path / "none.csv")
    assert "is a folder" in refusal(read_samples, tmp_path)
    (tmp_path / "empty.csv").write_text(" \n")
    assert "is empty" in refusal(read_samples, tmp_path / "empty.csv")


def test_no_permission(tmp_path, monkeypatch):
    def denied(self):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.read_bytes", denied)
    assert "may not be read" in refusal(read_samples, tmp_path / "a.csv")


def with_line(number, line):
    lines = text(movement(2.0)).splitlines()
    lines[number - 1 : number] = line
    return "\n".join(lines).encode()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04 spreadsheet", ["not a text file", "CSV"]),
        (text(movement(2.0)).encode("utf-16"), ["not a text file"]),
        (HEADER.encode(), ["no samples"]),
        (b"hello\nworld\n", ["no header with t_s, ax_m_s2", "column map"]),
        (text(movement(2.0), HEADER[:-9]).encode(), ["line 1", "lacks gz_rad_s", "column map"]),
        (text(movement(2.0), HEADER.replace("rad", "deg")).encode(), ["lacks gx_rad_s, gy_rad_s"]),
        (text(movement(2.0), HEADER + ",t_s").encode(), ["2 columns are called t_s"]),
        (with_line(9, ["0.07,1,2,oops,4,5,6"]), ["line 9", "az_m_s2", "'oops'", "correct"]),
        (with_line(9, ["0.07,1,2,,4,5,6"]), ["line 9", "az_m_s2", "missing"]),
        (with_line(9, ["", "0.07,1,2,3_0,4,5,6"]), ["line 10", "'3_0'"]),
        (with_line(200, ["1.9,1,2"]), ["line 200", "3 fields", "cut short"]),
        (with_line(9, ["", "0.07,1,2,nan,4,5,6"]), ["line 10", "az_m_s2", "finite"]),
        (with_line(9, ["0.07,1,2,3,4,5,inf"]), ["line 9", "gz_rad_s", "finite"]),
        (with_line(9, ["", "0.01,1,2,3,4,5,6"]), ["line 10", "goes back", "sort"]),
        (with_line(4, [f"{1 / 104!r},1,2,3,4,5,6"]), ["line 4", "repeated"]),
    ],
)
def test_bad_file_is_named_with_line_and_remedy(data, says):
    message = refusal(parse_samples, data, "walk.csv")
    assert message.startswith("walk.csv")
    for part in says:
        assert part in message


@given(st.lists(st.lists(fields, min_size=5, max_size=9), max_size=40), st.booleans())
def test_arbitrary_fields_raise_only_data_error(rows, header):
    lines = [HEADER] * header + [",".join(row) for row in rows]
    with suppress(DataError):
        parse_samples("\n".join(lines).encode(), "a")


@given(st.binary(max_size=300))
def test_arbitrary_bytes_raise_only_data_error(data):
    with pytest.raises(DataError):
        parse_samples(data, "a")
    with pytest.raises(DataError):
        parse_samples(HEADER.encode() + b"\n" + data, "a")


def test_the_same_file_for_two_places():
    one = parse_samples(text(movement(2.0)).encode(), "a")
    again = parse_samples(text(movement(2.0)).replace("\n", "\r\n").encode(), "b")
    other = parse_samples(text(movement(2.0, seed=9)).encode(), "c")
    check_different({"left shank": one, "right shank": other})
    message = refusal(check_different, {"left shank": one, "right shank": again})
    assert "left shank and right shank hold the same samples" in message
