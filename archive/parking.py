"""Recognise a page of a domain that is for sale, suspended, or taken over by somebody who sells something else.

The domains of ended projects lapse and are bought for their good name.
Pure: the words of a page in, the mark that gives it away out.
"""

from __future__ import annotations

import re

PARKED = re.compile(
    r"domain (?:name )?(?:is|may be) (?:for sale|parked|available)|verkkotunnus on (?:myytävänä|varattu|rekisteröity)"
    r"|(?:verkkotunnus|domain(?:nimi)?|sivusto|osoite) on myyn(?:nissä|tävänä)|osta tämä (?:verkkotunnus|domain)"
    r"|buy this domain|domänen är (?:till salu|registrerad|parkerad)|parked (?:free|domain)|sedoparking"
    r"|(?:is|this) parked (?:by|at|with)\b|related searches|tämä sivusto on suljettu$|make an offer on this domain"
    r"|account (?:has been )?suspended|webhotelli on (?:avattu|suljettu)|hugedomains|domain has expired"
    r"|verkkotunnus on (?:vanhentunut|erääntynyt)|domain (?:name )?for sale",
    re.IGNORECASE,
)
"""What the pages of registrars, sellers and hosts say; news speak of such things only in longer texts."""
SHORT_PAGE = 1_500
"""Characters of a page that one such phrase makes parked."""

_GOODS = (
    "nettikasino", "kasino", "casino", "ilmaiskierro", "talletusbonus", "vedonlyön", "betting", "jackpot", "free spins",
    "slot", "poker", "pikavip", "pikalain", "viagra", "cialis", "escort", "bitcoin", "forex", "spelautomat", "nätcasino",
)  # fmt: skip
"""What lapsed domains of associations come to sell."""
_SOLD = re.compile(rf"\b({'|'.join(_GOODS)})".replace("slot", r"slots?\b"))
MANY_WORDS = 8
MANY_KINDS = 3
"""A page about the harm of gambling has one or two of these words; shops of gambling have them all. (A guess.)"""


def parked_mark(words: str) -> str | None:
    """Return the words that show that a domain is for sale or taken over, or ``None``.

    >>> parked_mark("jarjesto2020.fi Tämä verkkotunnus on myynnissä. Tee tarjous.")
    'verkkotunnus on myynnissä'
    >>> parked_mark("Järjestöfoorumi kokoontui Oulussa.") is None
    True
    """
    if len(words) < SHORT_PAGE and (found := PARKED.search(words)):
        return found[0]
    small = words.lower()
    if not any(goods in small for goods in _GOODS):
        return None  # nearly every page; looking for a few strings costs a tenth of the expression
    sold = _SOLD.findall(small)
    if len(sold) >= MANY_WORDS and len(set(sold)) >= MANY_KINDS:
        return ", ".join(sorted(set(sold)))
    return None
