"""How a fit looks at the end of a notebook cell: its headline and the verdict of its diagnostics."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from workflows.estimands.headline import headline_html, headline_text

if TYPE_CHECKING:
    from workflows.estimands.fit import Fit


def _verdict(fit: Fit) -> tuple[bool, str]:
    verdict = fit.gate
    chains, draws = (fit.draws["posterior"].sizes[d] for d in ("chain", "draw"))
    about = f"{chains} chains of {draws} draws"
    if verdict.passed:
        return True, f"{about}; diagnostics passed."
    return False, f"{about}; do not report: {verdict.failures()}."


def fit_text(fit: Fit) -> str:
    """The headline of a fit and the verdict of its diagnostics, as plain text."""
    return f"{headline_text(fit.headline)}\n{_verdict(fit)[1]}"


def fit_html(fit: Fit) -> str:
    """The headline of a fit and the verdict of its diagnostics, as HTML."""
    passed, text = _verdict(fit)
    colour = "#14602f" if passed else "#98240f"
    return headline_html(fit.headline, f"<p style='color:{colour}'>{escape(text)}</p>")
