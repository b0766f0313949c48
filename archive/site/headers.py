"""Send the headers that keep a browser from doing what no page of ours asks for.

Our pages use no script and load nothing from elsewhere, but for replay, which has a path of its own. Datasette's own tables get its own script files and inline styles, never inline scripts.
"""

from __future__ import annotations

from typing import Any

from archive.site.downloadlimit import led_to
from archive.site.holding import Holding

STRICT = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
TABLES = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Datasette's pages carry colours in style attributes; without this they only lose colours."""

REPLAY = f"{STRICT}; frame-src 'self'"
"""The page that holds the player in a frame: no script of its own either."""
PLAYER = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' blob:; frame-src 'self' blob: data:; "
    "connect-src 'self' blob: data:; worker-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
"""The player itself, in a frame of that page and nowhere else; to its service worker it forbids every other server.
What it replays gets a policy from the player, and reaches no server but this one."""
PLAYER_PATH = "/toisto/-/"

OTHERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), interest-cohort=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
CLOSED = (
    "/-/databases",
    "/-/threads",
    "/-/plugins",
    "/-/settings",
    "/-/metadata",
    "/-/versions",
    "/-/permissions",
)
"""Pages about the machine: they name paths and versions that only help an attacker."""


def with_security_headers(app: Any, holding: Holding) -> Any:
    """Wrap an ASGI application: look for a new edition, close pages about the machine, add the headers."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        await holding.refresh()
        path = scope["path"]
        if path.startswith(CLOSED):
            scope = led_to(scope, "/-/suljettu")

        async def send_with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                framing = b"SAMEORIGIN" if path.startswith(PLAYER_PATH) else b"DENY"
                policy = _policy(path, holding.name).encode()
                added = [
                    (b"content-security-policy", policy),
                    (b"x-frame-options", framing),
                    *OTHERS,
                ]
                message = {**message, "headers": [*message.get("headers", []), *added]}
            await send(message)

        await app(scope, receive, send_with_headers)

    return wrapped


def _policy(path: str, tables: str) -> str:
    if path.startswith(PLAYER_PATH):
        return PLAYER
    if path.startswith("/toisto/"):
        return REPLAY
    return TABLES if path.startswith((f"/{tables}", "/-/")) else STRICT
