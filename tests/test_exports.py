"""Datasets: what they hold, in which form, and how they are described."""

import csv
import json
import subprocess
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from archive.edition import DATA_TABLES
from archive.errors import PublishError, QueryError
from archive.exports import export
from tests.sample_archive import HIDDEN_WORDS, NOW


@pytest.fixture(scope="module")
def dataset(sample):
    """Write everything in every format."""
    folder = sample.data / "everything"
    export(sample.published, folder, now=NOW)
    return folder


def records(folder, table):
    """Read a table of JSON Lines."""
    lines = (folder / f"{table}.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_report_counts_what_was_written(sample):
    """The report tells rows by table and the number of files."""
    report = export(sample.published, sample.data / "counted", now=NOW)
    assert (report.versions, report.sites, report.links) == (26, 5, 2)
    assert report.files == 3 * len(DATA_TABLES)


def test_three_formats_hold_the_same(dataset):
    """CSV, JSON Lines and Parquet agree in every value of every table."""
    for table in DATA_TABLES:
        parquet = pq.read_table(dataset / f"{table}.parquet").to_pylist()
        with (dataset / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            cells = list(csv.DictReader(file))
        lines = records(dataset, table)
        assert len(parquet) == len(cells) == len(lines)
        for typed, flat, line in zip(parquet, cells, lines, strict=True):
            assert {name: _plain(value) for name, value in typed.items()} == line
            assert flat == {name: _cell(value) for name, value in line.items()}


def _plain(value):
    return value.isoformat() if isinstance(value, datetime) else value


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_parquet_is_typed(dataset):
    """Lists are lists, moments are UTC time stamps, yes and no are booleans."""
    schema = pq.read_schema(dataset / "versions.parquet")
    assert schema.field("regions").type == pa.list_(pa.string())
    assert schema.field("first_seen").type == pa.timestamp("us", tz="UTC")
    assert schema.field("current").type == pa.bool_()
    assert schema.field("year").type == pa.int64()
    assert "docid" not in schema.names


def test_duckdb_opens_all_of_it(dataset):
    """A user of DuckDB joins the files as they are."""
    found = duckdb.sql(
        f"""SELECT list(DISTINCT v.site ORDER BY v.site)
            FROM '{dataset}/versions.parquet' v JOIN '{dataset}/mentions.csv' m ON m.version = v.id
            WHERE m.term = 'neuvottelukunta'"""
    ).fetchall()
    assert found == [(["saimaa"],)]
    assert duckdb.sql(f"SELECT count(*) FROM read_json('{dataset}/versions.jsonl')").fetchall() == [
        (26,)
    ]


def test_text_only_where_it_may_be_shown(dataset):
    """Snippet pages come without text and anchor texts; hidden pages do not come."""
    assert {(row["access"], row["text"] is None) for row in records(dataset, "versions")} == {
        ("open", False),
        ("snippet", True),
    }
    for path in dataset.iterdir():
        content = path.read_bytes().lower()
        assert not [word for word in HIDDEN_WORDS if word.encode() in content], path.name


def test_query_and_filters_narrow_every_table(sample, tmp_path):
    """Tables around the versions follow them; no row points to something left out."""
    folder = tmp_path / "part"
    report = export(
        sample.published,
        folder,
        formats=("jsonl",),
        query="kumppanuuspöytä",
        filters={"region": "08"},
        now=NOW,
    )
    versions = records(folder, "versions")
    assert report.versions == len(versions) == 3
    assert {row["site"] for row in versions} == {"kymijoki"}
    ids = {row["id"] for row in versions}
    assert {row["version"] for row in records(folder, "mentions")} <= ids
    assert {row["id"] for row in records(folder, "pages")} == {row["page"] for row in versions}
    assert [row["id"] for row in records(folder, "sites")] == ["kymijoki"]


def test_same_request_gives_the_same_bytes(sample, dataset):
    """Two datasets of one edition are equal, byte by byte."""
    again = sample.data / "again"
    export(sample.published, again, now=NOW)
    for path in dataset.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_digests_can_be_checked(dataset):
    """`sha256sum -c` accepts every file."""
    done = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=dataset, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("OK") == len(list(dataset.iterdir())) - 1


def test_every_column_is_described(dataset):
    """The data dictionary knows each column of each file, with its meaning, type and digest."""
    package = json.loads((dataset / "datapackage.json").read_text("utf-8"))
    readme = (dataset / "README.md").read_text("utf-8")
    by_path = {resource["path"]: resource for resource in package["resources"]}
    for table in DATA_TABLES:
        names = pq.read_schema(dataset / f"{table}.parquet").names
        fields = by_path[f"{table}.csv"]["schema"]["fields"]
        assert [field["name"] for field in fields] == names
        assert all(field["description"] for field in fields)
        assert f"### {table}\n" in readme
        assert all(f"| `{name}` |" in readme for name in names)


def test_csv_is_rfc_4180(dataset):
    """Lines end in CRLF, the file is UTF-8 without a mark, and a text with line breaks stays one record."""
    content = (dataset / "versions.csv").read_bytes()
    assert content.startswith(b"id,page,site")
    with (dataset / "versions.csv").open(encoding="utf-8", newline="") as file:
        assert any("\n" in row["text"] for row in csv.DictReader(file))
    assert content.endswith(b"\r\n")


def test_folder_that_is_not_empty(sample, tmp_path):
    """Old and new files never mix."""
    (tmp_path / "old.csv").write_text("x")
    with pytest.raises(PublishError, match="not empty"):
        export(sample.published, tmp_path, now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["old.csv"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"formats": ("xlsx",)}, "no format xlsx"),
        ({"filters": {"maa": "fi"}}, "no filter 'maa'"),
        ({"query": "olematonsana"}, "nothing is found"),
        ({"query": '"auki'}, "quotation mark"),
    ],
    ids=["format", "filter", "no hits", "query"],
)
def test_what_cannot_be_understood(sample, tmp_path, options, said):
    """The error says what is wrong, and no half dataset is left."""
    with pytest.raises(QueryError, match=said):
        export(sample.published, tmp_path / "set", now=datetime(2026, 1, 1, tzinfo=UTC), **options)
    assert not list(tmp_path.iterdir())
