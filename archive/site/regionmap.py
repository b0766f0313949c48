"""Draw the 19 regions of Finland as a map of equal tiles, which needs nobody's boundaries."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from archive.search.facets import UNKNOWN

PLACES = {
    "19": (2, 0),
    "17": (2, 1), "18": (3, 1),
    "15": (0, 2), "16": (1, 2), "13": (2, 2), "11": (3, 2), "12": (4, 2),
    "14": (1, 3), "06": (2, 3), "10": (3, 3),
    "04": (1, 4), "05": (2, 4), "07": (3, 4), "09": (4, 4),
    "21": (0, 5), "02": (1, 5), "01": (2, 5), "08": (3, 5),
}  # fmt: skip
"""Column and row of each region: north is up, and neighbours mostly stay neighbours."""
SIZE, GAP = 50, 4
"""Units of a tile and of the space between two."""
WIDTH, HEIGHT = 5 * SIZE + 4 * GAP, 6 * SIZE + 5 * GAP
LEVELS = 4

PARTS = re.compile(r"[\s-]")


@dataclass(frozen=True, slots=True)
class Tile:
    """One region on the map."""

    code: str
    name: str
    short: str
    count: int
    level: int
    """0 where there is nothing, 4 where there is most."""
    x: int
    y: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class RegionMap:
    """The map with its counts."""

    tiles: tuple[Tile, ...]
    unknown: int
    """Pages of no region."""
    size: int = SIZE
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def known(self) -> bool:
        """Tell whether there is anything to show on it."""
        return any(tile.count or tile.chosen for tile in self.tiles)


def region_map(
    counts: Mapping[str, int],
    chosen: tuple[str, ...],
    name_of: Callable[[str], str],
    address_of: Callable[[str], str],
) -> RegionMap:
    """Return the map, its tiles by row and column.

    Args:
        counts: by code of the region.
        chosen: codes that a search is narrowed to.
        name_of: gives the name of a region.
        address_of: gives where the tile of a region leads.
    """
    most = max((counts.get(code, 0) for code in PLACES), default=0)
    tiles = (
        Tile(
            code=code,
            name=name_of(code),
            short=short(name_of(code)),
            count=counts.get(code, 0),
            level=level(counts.get(code, 0), most),
            x=column * (SIZE + GAP),
            y=row * (SIZE + GAP),
            address=address_of(code),
            chosen=code in chosen,
        )
        for code, (column, row) in sorted(PLACES.items(), key=lambda one: one[1][::-1])
    )
    return RegionMap(tuple(tiles), counts.get(UNKNOWN, 0))


def level(count: int, most: int) -> int:
    """Return how dark a tile is; by the root, so that one large region does not make all others pale.

    >>> [level(count, 400) for count in (0, 1, 25, 26, 400)]
    [0, 1, 1, 2, 4]
    """
    return math.ceil(LEVELS * math.sqrt(count / most)) if count else 0


def short(name: str) -> str:
    """Return a name that fits into a tile.

    >>> short("Etelä-Karjala"), short("Egentliga Finland"), short("Lappi")
    ('E-K', 'EF', 'Lap')
    """
    parts = PARTS.split(name)
    if len(parts) == 1:
        return name[:3]
    return ("-" if "-" in name else "").join(part[0] for part in parts if part)
