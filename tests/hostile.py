"""Write texts that would run a program, load something or change the page, if a page of ours took them for mark-up.

A generator with a seed: every text is a way to run a program, dressed for a place in a page where it could become one.
What runs leaves a mark: it asks for an address below ``/osuma``, sets ``window.osuma`` or opens a dialog.
"""

from __future__ import annotations

import random
from html import escape
from urllib.parse import quote

SEED = 20261122

PROGRAMS = (
    "window.osuma=1",
    "alert(1)",
    "fetch('/osuma')",
    "new Image().src='/osuma'",
    "document.body.innerHTML='osuma'",
    "location='/osuma'",
    "eval('window.osuma=1')",
    "(()=>{window['os'+'uma']=1})()",
)
CARRIERS = (
    "<script>{p}</script>",
    "<ScRiPt >{p}</sCrIpT\n>",
    "<script src=/osuma.js></script>",
    "<script type=module>{p}</script>",
    "<img src=x onerror={p}>",
    '<img src="x" onerror="{p}">',
    "<img src='x' onerror='{p}'",
    "<svg onload={p}>",
    "<svg/onload={p}>",
    "<svg><script>{p}</script></svg>",
    "<svg><animate onbegin={p} attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror={p}>",
    '<iframe srcdoc="<script>{p}</script>"></iframe>',
    "<iframe src=javascript:{p}></iframe>",
    "<object data=javascript:{p}></object>",
    "<embed src=/osuma.svg>",
    "<details open ontoggle={p}>",
    "<input autofocus onfocus={p}>",
    "<select autofocus onfocus={p}></select>",
    "<video><source onerror={p}></video>",
    "<audio src=x onerror={p}>",
    "<marquee onstart={p}>",
    "<body onload={p}>",
    "<div style=animation-name:x onanimationstart={p}>",
    "<style>@import '/osuma.css';</style>",
    "<link rel=stylesheet href=/osuma.css>",
    '<meta http-equiv=refresh content="0;url=/osuma">',
    "<base href=/osuma/>",
    "<form action=/osuma><button autofocus>x</button></form>",
    "<a href=javascript:{p}>x</a>",
    "<a href='&#106;avascript:{p}'>x</a>",
    "javascript:{p}",
    "JaVaScRiPt:{p}//",
    "\tjava\nscript:{p}",
    "data:text/html,<script>{p}</script>",
    "vbscript:{p}",
    "{{{{ cycler.__init__.__globals__.os }}}}<b onclick={p}>",
    "{{% raw %}}<script>{p}</script>{{% endraw %}}",
    "{{{{ '<script>{p}</script>' | safe }}}}",
    "[x](javascript:{p})",
    '![x](x" onerror="{p})',
    "<<script>{p}//<</script>",
    "<script\x0c>{p}</script>",
    '<svg></p><style><a id="</style><img src=1 onerror={p}>">',
    '<noscript><p title="</noscript><img src=x onerror={p}>">',
    "<template><script>{p}</script></template>",
    "<x onpointerrawupdate={p} tabindex=1>",
    "<button popovertarget=x>x</button><xss onbeforetoggle={p} popover id=x>",
    "+ADw-script+AD4-{p}+ADw-/script+AD4-",
    "\u2028<script>{p}</script>\u202e",
)
DRESSES = (
    "{c}",
    '">{c}',
    "'>{c}",
    '" {c}',
    "</p>{c}",
    "</title>{c}",
    "</textarea>{c}",
    "</style>{c}",
    "</svg>{c}",
    "</option></select>{c}",
    "-->{c}<!--",
    "]]>{c}",
    "<!--{c}",
    "x\" onmouseover=\"{c}\" y=\"",
    "x' onfocus='{c}' autofocus y='",
    "x onload={c} ",
    "järjestö {c} avustus",
    "<b>{c}</b><i>",
    "`{c}`",
    "\\\"{c}\\\"",
)  # fmt: skip
CODINGS = (str, str, str, str, str, escape, quote)
"""Most as they are; some escaped once already, which must not be undone."""


def hostile_texts(number: int) -> list[str]:
    """Return so many different texts, the same each time."""
    chance = random.Random(SEED)
    made: dict[str, None] = {}
    while len(made) < number:
        carrier = chance.choice(CARRIERS).format(p=chance.choice(PROGRAMS))
        dressed = chance.choice(DRESSES).replace("{c}", carrier)
        made.setdefault(chance.choice(CODINGS)(dressed).replace("\n", " ").replace("\x0c", " "))
    return list(made)
