"""The report's document: its policy, its style on screen and on paper, and the pieces that sections are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from router.report import palette


def section(title: str, body: str) -> str:
    """A part of the report."""
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], *, css: str = "", caption: str = "") -> str:
    """A table; `heads` are text, the cells of `rows` are HTML, the first of each row is its head."""
    head = "".join(f"<th>{escape(name)}</th>" for name in heads)
    body = "".join(f"<tr><th>{row[0]}</th>{''.join(f'<td>{cell}</td>' for cell in row[1:])}</tr>" for row in rows)
    above = f"<caption>{escape(caption)}</caption>" if caption else ""
    inner = f"{above}<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="wide"><table class="{css}">{inner}</table></div>'


def _colours(ground: str, providers: Sequence[str], tasks: Sequence[str]) -> str:
    named = (
        {f"c{place}": colour for place, colour in enumerate(providers)}
        | {f"t{place}": colour for place, colour in enumerate(tasks)}
        | {"failure": palette.FAILURE[ground]}
    )
    return "".join(f".{name}{{--own:{colour}}}" for name, colour in named.items())


def document(title: str, body: str) -> str:
    """The whole file; its policy lets the browser fetch nothing at all."""
    light = _colours("light", palette.LIGHT, palette.TASKS["light"])
    dark = _colours("dark", palette.DARK, palette.TASKS["dark"])
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{_STYLE}{light}{_DARK}{{{dark}}}</style></head>"
        f"<body>{_HATCH}<main>{body}</main></body></html>"
    )


_DARK = "@media screen and (prefers-color-scheme:dark)"
_HATCH = """
<svg width="0" height="0" aria-hidden="true" style="position:absolute;min-width:0"><defs>
<pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
<rect width="2.5" height="6" class="stripe"/></pattern></defs></svg>
"""

_STYLE = """
:root{color-scheme:light dark;--ground:#fff;--ink:#1c1e26;--quiet:#5b6070;--line:#d9dce3;--shade:#0003}
@media screen and (prefers-color-scheme:dark){:root{--ground:#11141b;--ink:#eef0f5;--quiet:#a5abba;--line:#343945;--shade:#fff3}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 "Source Sans 3","Source Sans Pro",-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:60rem;margin:0 auto;padding:2rem 1.25rem}
h1{font-size:1.7rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.25rem 0 .75rem}p{margin:.4rem 0}
small,.quiet,footer,caption{color:var(--quiet)}small{font-size:.8em;font-weight:400}caption{text-align:left;padding-bottom:.3rem}
.lead{font-size:1.1rem;margin-bottom:1rem}
.note{border:1px solid var(--line);border-radius:.4rem;padding:.4rem .75rem;
  background:repeating-linear-gradient(135deg,color-mix(in srgb,var(--ink) 7%,transparent) 0 6px,transparent 6px 14px)}
.figures{display:grid;grid-template-columns:repeat(auto-fill,minmax(13rem,1fr));gap:.6rem;margin:0}
.figures div{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .75rem}
.figures dt{color:var(--quiet);font-size:.85rem}.figures dd{margin:0;font-size:1.2rem;font-weight:600}
figure{margin:1.25rem 0;break-inside:avoid}figure,.wide{overflow-x:auto}
/* A shadow at the edge behind which there is more: the ground moves with what is scrolled, and the shadow stays. */
@media screen{figure,.wide{background:linear-gradient(to right,var(--ground) 40%,transparent) 0/2.5rem 100% no-repeat local,
  linear-gradient(to left,var(--ground) 40%,transparent) 100%/2.5rem 100% no-repeat local,
  linear-gradient(to right,var(--shade),transparent) 0/.9rem 100% no-repeat scroll,
  linear-gradient(to left,var(--shade),transparent) 100%/.9rem 100% no-repeat scroll}}
figcaption{font-weight:600;margin-bottom:.25rem}
svg{width:100%;min-width:44rem;height:auto}svg.sample{width:1.75rem;min-width:0;height:.625rem;margin-right:.35rem}text{fill:var(--quiet);font-size:11px}text.name{fill:var(--ink)}
.grid{stroke:var(--line);stroke-width:1}rect[class],circle[class]{fill:var(--own)}rect.stripe{fill:var(--ground);opacity:.55}
.line{stroke:var(--own);stroke-width:2;fill:none}.hollow{fill:var(--ground)!important;stroke:var(--own);stroke-width:2}
.legend{display:flex;flex-wrap:wrap;gap:.15rem 1rem;font-size:.85rem}.key i{display:inline-block;width:.75rem;height:.75rem;
  margin-right:.35rem;border-radius:2px;background:var(--own)}
table{width:100%;border-collapse:collapse;font-size:.85rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line)}
.numbers td,.numbers thead th{text-align:right;white-space:nowrap}.numbers thead th:first-child{text-align:left}
@media print{body{font-size:11px}main{max-width:none;padding:0}section{break-inside:auto}tr{break-inside:avoid}
  *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
"""  # noqa: E501 – a rule a line
