"""Help: the manual in a window of its own, with its contents, a search, links and the way back.

The text is the program's own (appliance/manual.py); a link to the web is given to the computer's browser.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QCloseEvent, QDesktopServices, QImage, QKeySequence, QShortcut, QTextDocument
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem, QTextBrowser, QVBoxLayout, QWidget

from appliance import i18n, manual
from appliance.gui import words
from appliance.gui.icons import icon
from appliance.gui.theme import Theme, size, space
from appliance.gui.widgets.plain import button, column, edge, holding, label, line, row, within_screen
from appliance.gui.words import _

CONTENTS_WIDTH = 268
LINE = 28
NAME = Qt.ItemDataRole.UserRole
PICTURE_WIDTH = 640
STYLE = """
body {{ color: {text}; }}
h1 {{ font-size: {title}px; font-weight: 600; margin-top: 4px; }}
h2 {{ font-size: {heading}px; font-weight: 600; margin-top: 22px; }}
h3 {{ font-size: {size}px; font-weight: 600; margin-top: 16px; }}
p, li {{ line-height: 140%; }}
a {{ color: {accent}; text-decoration: none; }}
code, pre {{ background-color: {hover}; font-family: monospace; }}
th {{ color: {muted}; font-weight: 600; padding: 5px 10px; }}
td {{ padding: 5px 10px; }}
"""


class ManualPage(QTextBrowser):
    """One chapter as it is read; the document's name is `chapter`, its links are `chapter#heading`."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setOpenLinks(False)
        self.setObjectName("manual")
        self.setAccessibleName(_("The chapter"))
        self.document().setDocumentMargin(space("wide"))

    def show_chapter(self, name: str) -> None:
        """The whole chapter, in the colours of the look; English stays left to right in every language."""
        language = manual.language_of(name, words.language())
        colors = self._theme.colors()
        sizes = {"title": size("title"), "heading": size("heading") + 1, "size": size("body") + 1}
        self.document().setDefaultStyleSheet(STYLE.format(**colors, **sizes))
        right = language in i18n.RIGHT_TO_LEFT
        text = manual.html(manual.source(name, language))
        text = text.replace("<table>", f'<table cellspacing="0" border="1" style="border-collapse: collapse; border-color: {colors["border"]};">')
        text = text.replace("<pre>", '<pre style="white-space: pre-wrap;">').replace("<p><img", '<p style="line-height: 100%;"><img')
        self.setHtml(f'<body dir="{"rtl" if right else "ltr"}">{text}</body>')
        option = self.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.RightToLeft if right else Qt.LayoutDirection.LeftToRight)
        self.document().setDefaultTextOption(option)

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802
        """Pictures of the manual's own folder alone."""
        if kind == QTextDocument.ResourceType.ImageResource.value:
            picture = QImage(str(manual.folder() / "pictures" / QUrl(name).fileName()))
            if picture.width() > PICTURE_WIDTH:
                picture = picture.scaledToWidth(PICTURE_WIDTH, Qt.TransformationMode.SmoothTransformation)
            return picture
        return None


class HelpWindow(QWidget):
    """Opened at a chapter, `calls` or `calls#one-call`, and used again while it is there."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(None, Qt.WindowType.Window)
        self.setObjectName("frame")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self._past: list[str] = []
        self._ahead: list[str] = []
        self.shown = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Search the manual"))
        self.search.setClearButtonEnabled(True)
        self.contents = QListWidget()
        self.contents.setAccessibleName(_("Contents"))
        self.contents.setObjectName("contents")
        self.nothing = label(_("No chapter has all of these words."), "muted", wrap=True)
        self.page = ManualPage(theme)
        self.back = button(_("Back"), lambda: self.step(self._past, self._ahead))
        self.forward = button(_("Forward"), lambda: self.step(self._ahead, self._past))
        self._lay()
        self.search.textChanged.connect(lambda text: self._list())
        self.search.returnPressed.connect(self._first_found)
        self.contents.itemClicked.connect(self._chosen)
        self.contents.itemActivated.connect(self._chosen)
        self.page.anchorClicked.connect(self._followed)
        theme.changed.connect(self._dressed)
        for keys, run in (("Alt+Left", self.back.click), ("Alt+Right", self.forward.click), ("Escape", self.close), ("F1", self.close)):
            QShortcut(QKeySequence(keys), self, run)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.search.setFocus)
        self.resize(within_screen(1020, 720))
        self.setMinimumSize(560, 360)
        self._list()
        self._paint()

    def open_at(self, target: str) -> None:
        """Show that chapter and heading, with the way back to the one before."""
        name = target.partition("#")[0]
        if not manual.source(name):
            return
        if self.shown and self.shown != target:
            self._past.append(self.shown)
            self._ahead.clear()
        self._show(target)

    def step(self, source: list[str], other: list[str]) -> None:
        """Back, or forward again."""
        if source:
            other.append(self.shown)
            self._show(source.pop())

    # parts ---------------------------------------------------------------------------------------------------------
    def _lay(self) -> None:
        head = row(self.back, self.forward, None, margin="medium")
        left = holding(column(self.search, self.nothing, self.contents, margin="medium"), "surface")
        left.setFixedWidth(CONTENTS_WIDTH)
        middle = row(left, edge(), column(head, line(), self.page, gap=""), gap="")
        middle.setStretch(2, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addLayout(middle)

    def _list(self) -> None:
        """The contents, or what the search finds."""
        text, language = self.search.text().strip(), words.language()
        found = manual.search(text, language) if text else list(manual.chapters(language))
        self.contents.clear()
        part = ""
        for chapter in found:
            if not text and chapter.part != part:
                part = chapter.part
                self._line(part, "")
            self._line(chapter.title, chapter.name)
        self.nothing.setVisible(not found)
        self._mark()

    def _line(self, text: str, name: str) -> None:
        made = QListWidgetItem(words.apart(text))
        made.setData(NAME, name)
        made.setSizeHint(QSize(0, LINE))
        made.setToolTip(text)
        if not name:
            made.setFlags(Qt.ItemFlag.NoItemFlags)
            made.setForeground(self._theme.color("muted"))
        self.contents.addItem(made)

    def _mark(self) -> None:
        name = self.shown.partition("#")[0]
        for at in range(self.contents.count()):
            each = self.contents.item(at)
            if name and each.data(NAME) == name:
                self.contents.setCurrentItem(each)

    def _chosen(self, item: QListWidgetItem) -> None:
        if item.data(NAME):
            self.open_at(str(item.data(NAME)))

    def _first_found(self) -> None:
        if self.contents.count() and self.search.text().strip():
            self._chosen(self.contents.item(0))

    def _followed(self, url: QUrl) -> None:
        """A link of the text: to a chapter, a heading of this one, or out of the program."""
        if url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)
            return
        name = url.path().removesuffix(".md") or self.shown.partition("#")[0]
        self.open_at(f"{name}#{url.fragment()}" if url.hasFragment() else name)

    def _show(self, target: str) -> None:
        name, _sign, heading = target.partition("#")
        if name != self.shown.partition("#")[0] or not heading:
            self.page.show_chapter(name)
        self.shown = target
        if heading:
            self.page.scrollToAnchor(heading)
        title = next((each.title for each in manual.chapters(words.language()) if each.name == name), _("Contents"))
        self.setWindowTitle(_("{chapter} · Help", chapter=title))
        self.back.setEnabled(bool(self._past))
        self.forward.setEnabled(bool(self._ahead))
        self._mark()

    def _dressed(self) -> None:
        self._paint()
        self._list()
        if self.shown:
            self.page.show_chapter(self.shown.partition("#")[0])

    def _paint(self) -> None:
        mirrored = words.right_to_left()
        for made, name in ((self.back, "forward" if mirrored else "back"), (self.forward, "back" if mirrored else "forward")):
            made.setIcon(icon(name, self._theme.color("text")))

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        self.search.clear()
        super().closeEvent(event)
