"""A one-time code on paper, for somebody without e-mail: what it is for, the code large, and where it is typed, also as a QR code."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from appliance.gui import words
from appliance.gui.desk import Desk
from appliance.gui.qr import modules_of
from appliance.gui.screens.parts.html_paper import html_paper
from appliance.gui.screens.parts.paper import open_paper
from appliance.gui.words import _
from appliance.wire.shapes import Binary

QR_POINTS = 130
SCALE = 8
QUIET = 4


class CodePaper(NamedTuple):
    """`steps` are sentences below the code; `link` is drawn as a QR code, "" without one."""

    heading: str
    business: str
    code: str
    steps: Sequence[str]
    link: str = ""


def show_code_paper(desk: Desk, owner: QWidget, paper: CodePaper) -> None:
    """As it will look, to be printed."""
    open_paper(desk, owner, paper.heading, drawn(paper))


def drawn(paper: CodePaper) -> Binary:
    """The page as a PDF."""
    return html_paper(paper.heading, _page(paper), "code.pdf", {"qr:": _picture(paper.link)} if paper.link else {})


def _page(paper: CodePaper) -> str:
    side = "rtl" if words.right_to_left() else "ltr"
    steps = "".join(f'<p dir="{side}" style="font-size:12pt;margin-top:8px">{at}. {escape(each)}</p>' for at, each in enumerate(paper.steps, 1))
    qr = f'<p align="center" style="margin-top:24px"><img src="qr:" width="{QR_POINTS}" height="{QR_POINTS}"></p>' if paper.link else ""
    warning = escape(_("It works once. Whoever has this paper can use it: keep it safe, and destroy it after."))
    large = "font-family:monospace;font-size:26pt;font-weight:600;margin-top:20px;margin-bottom:28px"
    return (
        f'<p dir="{side}" style="font-size:11pt;color:#555555">{escape(paper.business)}</p>'
        f'<p dir="{side}" style="font-size:18pt;font-weight:600">{escape(paper.heading)}</p>'
        f'<p align="center" dir="ltr" style="{large}">{escape(paper.code)}</p>{steps}{qr}'
        f'<p dir="{side}" style="font-size:10pt;color:#555555;margin-top:28px">{warning}</p>'
    )


def _picture(text: str) -> QImage:
    rows = modules_of(text)
    side = len(rows) + 2 * QUIET
    small = QImage(side, side, QImage.Format.Format_RGB32)
    small.fill(Qt.GlobalColor.white)
    for down, row in enumerate(rows):
        for across, dark in enumerate(row):
            if dark:
                small.setPixelColor(across + QUIET, down + QUIET, Qt.GlobalColor.black)
    return small.scaled(side * SCALE, side * SCALE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation)
