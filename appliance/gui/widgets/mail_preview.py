"""An e-mail as its reader sees it: subject, the page with its colours, or the plain words; nothing is fetched for it."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QTabBar, QTextBrowser, QVBoxLayout, QWidget

from appliance.gui.theme import space
from appliance.gui.widgets.plain import Elided, column, holding, label, row
from appliance.gui.widgets.problem_view import ProblemView
from appliance.gui.words import _
from appliance.wire.messages import MessagePreview
from appliance.wire.problem import Problem

_BODY_GROUND = re.compile(r"(<body[^>]*background:\s*)#[0-9a-fA-F]{3,6}")


class Page(QTextBrowser):
    """A page that loads no picture and follows no link."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setObjectName("letter")
        self.setAccessibleName(_("E-mail as a page"))

    def loadResource(self, kind: int, name: QUrl | str) -> Any:  # noqa: N802
        return None


class MailPreview(QWidget):
    """`show_message` fills it; `show_problem` says what hinders."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.subject = Elided("", "heading")
        self.problem = ProblemView()
        self.nothing = label("", "muted", wrap=True)
        self.nothing.hide()
        self.page = Page()
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setAccessibleName(_("E-mail as text"))
        self.bar = QTabBar()
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        for title in (_("As a page"), _("As text")):
            self.bar.addTab(title)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.page)
        self._stack.addWidget(self.text)
        self.bar.currentChanged.connect(self._stack.setCurrentIndex)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(space("small"))
        box.addWidget(holding(column(label(_("Subject"), "muted"), self.subject, gap="hair")))
        box.addWidget(self.problem)
        box.addWidget(self.nothing)
        box.addLayout(row(self.bar, None))
        box.addWidget(self._stack, 1)

    def show_message(self, view: MessagePreview) -> None:
        """This e-mail now; the place that was read stays."""
        self.problem.forget()
        self.nothing.hide()
        self.subject.setText(view.subject)
        self.text.setPlainText(view.text)
        at = self.page.verticalScrollBar().value()
        self.page.setHtml(_BODY_GROUND.sub(r"\1#ffffff", view.html))  # Qt paints a card's ground behind its lines alone
        self.page.verticalScrollBar().setValue(at)

    def show_problem(self, problem: Problem) -> None:
        """It cannot be made of what is typed; the last one stays in sight."""
        self.nothing.hide()
        self.problem.show_problem(problem)

    def show_nothing(self, why: str) -> None:
        """There is no e-mail to be shown, and nothing is wrong."""
        self.problem.forget()
        self.subject.setText("")
        self.text.clear()
        self.page.clear()
        self.nothing.setText(why)
        self.nothing.show()
