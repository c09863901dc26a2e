# SPDX-License-Identifier: GPL-3.0-or-later
"""Accuracy over the window as SVG: published dashed, ours solid."""
import math
from xml.sax.saxutils import escape

from figures import GRID

WIDTH, PANEL, LEFT, RIGHT, TOP, GAP = 900, 300, 70, 215, 60, 75
# Told apart by colour-blind readers too, and by their marks.
STYLES = {
    "adag": ("#0072b2", "circle", "ADAG"),
    "downpour": ("#d55e00", "square", "DOWNPOUR"),
    "aeasgd": ("#009e73", "triangle", "AEASGD, α = 0.5"),
    "aeasgd-beta": ("#cc79a7", "diamond", "AEASGD, β = 0.9"),
    "single": ("#555555", "circle", "single"),
    "n=10": ("#0072b2", "circle", "AGN, 10 workers"),
    "n=20": ("#d55e00", "square", "AGN, 20 workers"),
    "n=40": ("#009e73", "triangle", "AGN, 40 workers"),
}
SHAPES = {
    "square": [(-4, -4), (4, -4), (4, 4), (-4, 4)],
    "triangle": [(0, -5), (5, 4), (-5, 4)],
    "diamond": [(0, -6), (5, 0), (0, 6), (-5, 0)],
}


def mark(style, x, y):
    colour, shape, _ = STYLES[style]
    if shape == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>'
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in SHAPES[shape])
    return f'<polygon points="{corners}" fill="{colour}"/>'


def line(points, colour, dashed):
    dash = ' stroke-dasharray="6 4"' if dashed else ""
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>'


def text(x, y, words, anchor="middle", size=13, turn=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{turn}>{escape(words)}</text>'


class Panel:
    """One pair of axes: windows to the right, accuracies from `low` to `high` upwards."""

    def __init__(self, title, top, windows, low, high, step):
        self.title, self.top, self.low, self.high, self.step = title, top, low, high, step
        self.windows = windows
        self.first, self.last = min(windows) - 2.5, max(windows) + 2.5

    def x(self, window):
        return LEFT + (window - self.first) / (self.last - self.first) * (WIDTH - LEFT - RIGHT)

    def y(self, accuracy):
        """Points below the axis are drawn out of sight: the panel is clipped."""
        return self.top + (self.high - accuracy) / (self.high - self.low) * PANEL

    def axes(self):
        right, bottom = WIDTH - RIGHT, self.top + PANEL
        parts = [text((LEFT + right) / 2, self.top - 12, self.title, size=14)]
        for tick in range(math.floor((self.high - self.low) / self.step + 1.001)):
            value = self.low + tick * self.step
            parts.append(f'<line x1="{LEFT}" x2="{right}" y1="{self.y(value):.1f}" y2="{self.y(value):.1f}" '
                         'stroke="#dddddd"/>')
            parts.append(text(LEFT - 8, self.y(value) + 4, f"{value:.2f}", "end", 12))
        for window in self.windows:
            parts.append(f'<line x1="{self.x(window):.1f}" x2="{self.x(window):.1f}" y1="{bottom}" y2="{bottom + 5}" '
                         'stroke="#222222"/>')
            parts.append(text(self.x(window), bottom + 19, str(window), size=12))
        parts.append(f'<rect x="{LEFT}" y="{self.top}" width="{right - LEFT}" height="{PANEL}" fill="none" '
                     'stroke="#222222"/>')
        parts.append(text((LEFT + right) / 2, bottom + 38, "window: mini-batches between two exchanges"))
        middle = self.top + PANEL / 2
        parts.append(text(20, middle, "accuracy on the test set", turn=f' transform="rotate(-90 20 {middle:.1f})"'))
        return parts

    def curves(self, results):
        parts = []
        for style in dict.fromkeys(result["series"] for result in results):
            colour = STYLES[style][0]
            own = sorted((each for each in results if each["series"] == style), key=lambda each: each["window"] or 0)
            for side, dashed in (("published", True), ("ours", False)):
                # The paper's force was never published with these trainers: it is beside the original's.
                if style == "aeasgd-beta" and dashed:
                    continue
                values = [(each["window"], each[side]["accuracy"]) for each in own]
                if values[0][0] is None:
                    values = [(self.first, values[0][1]), (self.last, values[0][1])]
                points = [(self.x(window), self.y(accuracy)) for window, accuracy in values]
                parts.append(line(points, colour, dashed))
                if not dashed and own[0]["window"] is not None:
                    parts += [mark(style, *point) for point in points]
                    parts += self.spans(own, colour)
        return parts

    def spans(self, results, colour):
        """From the worst to the best of several runs."""
        for result in results:
            low, high = min(result["ours"]["runs"]), max(result["ours"]["runs"])
            if low < high:
                x = self.x(result["window"])
                yield (f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{self.y(low):.1f}" y2="{self.y(high):.1f}" '
                       f'stroke="{colour}"/>')

    def draw(self, number, results):
        clip = (f'<clipPath id="panel{number}"><rect x="{LEFT}" y="{self.top}" width="{WIDTH - RIGHT - LEFT}" '
                f'height="{PANEL}"/></clipPath>')
        return self.axes() + [clip, f'<g clip-path="url(#panel{number})">'] + self.curves(results) + ["</g>"]


def legend(results, top):
    x, parts = WIDTH - RIGHT + 18, []
    for row, style in enumerate(dict.fromkeys(result["series"] for result in results)):
        y = top + 12 + 24 * row
        parts += [line([(x, y), (x + 30, y)], STYLES[style][0], False), mark(style, x + 15, y),
                  text(x + 38, y + 4, STYLES[style][2], "start")]
    for words, dashed in (("ours", False), ("published", True)):
        y += 24
        parts += [line([(x, y), (x + 30, y)], "#222222", dashed), text(x + 38, y + 4, words, "start")]
    return parts


def svg(results):
    """The whole picture: all accuracies and, below, what lies between 0.92 and 1; the grid under that."""
    grid = [result for result in results if result["table"] == GRID]
    others = {(result["series"], result["window"]): result for result in results if result["table"] != GRID}
    panels, top = [], TOP
    for title, chosen, low, high, step in (
            ("MNIST, 20 workers, two passes", list(others.values()), 0, 1, 0.1),
            ("The same from 0.92 upwards", list(others.values()), 0.92, 1, 0.01),
            ("MNIST, thesis: AGN", grid, 0.94, 1, 0.01)):
        windows = sorted({result["window"] for result in chosen if result["window"]})
        if chosen:
            panels.append((Panel(title, top, windows or [5, 50], low, high, step), chosen))
            top += PANEL + GAP
    parts = []
    for number, (panel, chosen) in enumerate(panels):
        parts += panel.draw(number, chosen) + legend(chosen, panel.top)
    height = top + 10
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'font-family="sans-serif" fill="#222222">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        text(WIDTH / 2, 26, "dist-keras' published results and ours", size=17), *parts, "</svg>"]) + "\n"
