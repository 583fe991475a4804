"""Pictures as SVG text: no styles and no scripts in them, so that a strict page may hold them."""

from __future__ import annotations

from html import escape


def text(x: float, y: float, content: str, *, anchor: str = "middle", kind: str = "label") -> str:
    """Words at a place; `kind` is the class that style sheets know."""
    return f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(content)}</text>'


def line(points: tuple[tuple[float, float], ...], kind: str = "wire") -> str:
    """A line through these places."""
    path = "L".join(f"{x:g} {y:g}" for x, y in points)
    return f'<path class="{kind}" d="M{path}" fill="none" stroke="currentColor"/>'


def arrow(start: tuple[float, float], end: tuple[float, float], kind: str = "wire") -> str:
    """A horizontal line with a head at its end."""
    (_, _), (x, y) = start, end
    back = -6 if end[0] > start[0] else 6
    return line((start, end), kind) + line(((x + back, y - 4), (x, y), (x + back, y + 4)), kind)


def box(x: float, y: float, width: float, height: float, kind: str = "unit", *, radius: float = 8) -> str:
    """A box with its left upper corner at x, y."""
    return (
        f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}" '
        'fill="none" stroke="currentColor"/>'
    )


def bar(x: float, y: float, width: float, height: float) -> str:
    """A filled bar with its left upper corner at x, y."""
    return f'<rect class="bar" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="currentColor"/>'


def circle(x: float, y: float, radius: float, kind: str = "unit") -> str:
    """A circle around x, y."""
    return f'<circle class="{kind}" cx="{x:g}" cy="{y:g}" r="{radius:g}" fill="none" stroke="currentColor"/>'


def picture(name: str, width: float, height: float, parts: list[str], *, title: str, description: str) -> str:
    """The whole picture with its text alternative; `name` sets it apart from others on the same page."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{name}" role="img" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width:g}" height="{height:g}" aria-labelledby="{name}-title {name}-description">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-description">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )
