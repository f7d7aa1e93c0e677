"""The cards of booths: painted whole, so that sixty of them cost little each second; readable from two metres."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from appliance.gui import words
from appliance.gui.column import State
from appliance.gui.flags import GAP as FLAG_GAP
from appliance.gui.flags import flag
from appliance.gui.screens.booths.booth_meter import BoothBoard, Shown
from appliance.gui.screens.booths.booth_words import booth_state, card_name, clock_time, parts_text, seconds_left
from appliance.gui.theme import Theme, size, space
from appliance.gui.widgets.badge import paint_badge
from appliance.gui.widgets.cells import tabular
from appliance.gui.words import _

LEAST = QSize(200, 148)
WIDEST = 340
GAP = 12
SOON_SECONDS = 60
EDGE = 4
HEAD = 24
LINE = 20
FLAG_HEIGHT = 15
FIGURES = 60


class BoothCard(QWidget):
    """One booth. `touched` a click, `opened` a double one."""

    touched = Signal(int)
    opened = Signal(int)

    def __init__(self, theme: Theme, shown: Shown, now: Callable[[], float]) -> None:
        super().__init__()
        self._theme, self._now = theme, now
        self.shown = shown
        self.chosen = False
        self._warned = False
        self._fonts: dict[tuple[int, bool], QFont] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.tell()

    @property
    def identity(self) -> int:
        """The booth's id."""
        return self.shown.view.id

    def show_booth(self, shown: Shown) -> None:
        """The booth as it is now."""
        self.shown = shown
        self.tell()
        self.update()

    def move_figures(self) -> None:
        """Only money and time moved; a card that is warned of changes its colour, too."""
        if self.shown.warn != self._warned:
            self._warned = self.shown.warn
            self.update()
        else:
            self.update(self._figures_place())

    def tell(self) -> None:
        """Name the card for those who do not see it."""
        self.setAccessibleName(card_name(self.shown.view))
        self.setToolTip(self.shown.view.reason)

    def choose(self, chosen: bool) -> None:
        """Mark it as the one that keys are for."""
        if chosen != self.chosen:
            self.chosen = chosen
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.touched.emit(self.identity)
        event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        self.opened.emit(self.identity)

    # painting ------------------------------------------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        state = booth_state(self.shown.view.state)
        self._surface(painter, state)
        body = self._inside().adjusted(0, HEAD + space("hair"), 0, 0)
        if event.rect().top() < self._figures_place().top():
            taken = self._head(painter, QRect(body.left(), space("medium"), body.width(), HEAD), state)
            self._guest(painter, body, taken)
        self._figures(painter, body)

    def _inside(self) -> QRect:
        return self.rect().adjusted(space("medium") + EDGE, space("medium"), -space("medium"), -space("medium"))

    def _figures_place(self) -> QRect:
        """Where money and time stand: all that moves each second."""
        inside = self._inside()
        return QRect(0, inside.bottom() - FIGURES, self.width(), FIGURES + space("medium") + 1)

    def _surface(self, painter: QPainter, state: State) -> None:
        frame = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        urgent = self.shown.warn or self.shown.view.state == "to_pay"
        painter.setBrush(self._theme.color("warning_tint" if urgent else "surface"))
        painter.setPen(QPen(self._theme.color("accent" if self.chosen else "border"), 2 if self.chosen else 1))
        painter.drawRoundedRect(frame, 6, 6)
        band = QRectF(frame.left() + 2, frame.top() + 8, EDGE, frame.height() - 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color(state.tone if state.tone != "muted" else "border_strong"))
        painter.drawRoundedRect(self._turned(band.toRect()), 2, 2)

    def _head(self, painter: QPainter, where: QRect, state: State) -> int:
        """Key, name and state; how much of the line below the state takes."""
        view = self.shown.view
        key = QRect(where.left(), where.top(), 26 if view.position < 100 else 34, 24)
        painter.setPen(QPen(self._theme.color("border_strong"), 1))
        painter.setBrush(self._theme.color("hover"))
        painter.drawRoundedRect(self._turned(key), 4, 4)
        self._write(painter, key, str(view.position), size("body"), strong=True, centred=True)
        metrics = QFontMetrics(self._font(size("small")))
        pill = metrics.horizontalAdvance(state.text) + 40
        name = where.adjusted(key.width() + space("small"), 0, -pill - space("hair"), 0)
        long = QFontMetrics(self._font(size("heading"), strong=True)).horizontalAdvance(view.name) > name.width()
        below = QFontMetrics(self._font(size("small"), strong=True)).horizontalAdvance(view.name) > name.width()
        if below:  # a long word for the state stands under the name, not in its place
            name = where.adjusted(key.width() + space("small"), 0, 0, 0)
            where = where.translated(0, HEAD + space("hair"))
        self._write(painter, name, view.name, size("small" if long else "heading"), strong=True)
        painter.setFont(self._font(size("small")))
        spot = self._turned(QRect(where.right() - pill + 6, where.top(), pill - 4, HEAD if not below else LINE))
        paint_badge(painter, QRectF(spot), state, self._theme, mirrored=self._mirrored())
        return pill if below else 0

    def _guest(self, painter: QPainter, body: QRect, taken: int) -> None:
        """Who sits there, whom they call; or why the booth cannot be used. `taken` of the first line is the state's."""
        view = self.shown.view
        first = QRect(body.left(), body.top(), body.width() - taken, LINE)
        second = QRect(body.left(), body.top() + LINE, body.width(), LINE)
        if view.disabled:
            self._write(painter, first, _("The endpoint is disabled"), size("small"), "danger")
        elif not view.registered:
            self._write(painter, first, _("The phone is off"), size("small"), "danger")
        elif view.state == "out_of_order":
            self._write(painter, first, view.reason, size("small"), "muted")
        elif view.session is not None and view.session.note:
            self._write(painter, first, view.session.note, size("body"))
        if view.call is not None:
            taken = self._country(painter, second, view.call.country) if view.call.country else 0
            rest = second.adjusted(taken, 0, 0, 0)
            text = f"{words.number(view.call.number)}  {view.call.destination}"
            self._write(painter, rest, text, size("body"), "muted")

    def _country(self, painter: QPainter, line: QRect, code: str) -> int:
        """The flag, or the country's two letters where it has none; what it takes of the line."""
        picture = flag(code, self.devicePixelRatioF(), FLAG_HEIGHT)
        if picture is not None:
            wide = round(picture.deviceIndependentSize().width())
            painter.drawPixmap(self._turned(QRect(line.left(), line.top() + 3, wide, FLAG_HEIGHT)).topLeft(), picture)
            return wide + FLAG_GAP
        where = QRect(line.left(), line.top() + 2, 26, 16)
        painter.setPen(QPen(self._theme.color("border_strong"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(self._turned(where), 3, 3)
        self._write(painter, where, code, 11, strong=True, centred=True)
        return where.width() + FLAG_GAP

    def _figures(self, painter: QPainter, body: QRect) -> None:
        view, now = self.shown.view, self._now()
        if view.session is None:
            return
        currency = view.session.currency
        foot = QRect(body.left(), body.bottom() - 18, body.width(), 20)
        big = QRect(body.left(), foot.top() - 40, body.width(), 40)
        running = view.call is not None and view.call.answered_at is not None
        talk = 0
        if view.call is not None:
            text = clock_time(self.shown.seconds(now)) if running else _("ringing") if view.call.state == "ringing" else _("calling")
            pixels = size("title") if running else size("body")
            talk = self._write(painter, big, text, pixels, far=True, figures=True, tone="text" if running else "muted") + space("small")
        self._money(painter, big.adjusted(0, 0, -talk, 0), view.session.total, currency)
        said, tone = self._left(now)
        taken = self._write(painter, foot, said, size("small"), tone, far=True, strong=tone == "danger")
        calls = parts_text(view.session) or words.plural("{n} call", "{n} calls", view.session.calls)
        if taken < foot.width() // 2 or not said:
            self._write(painter, foot.adjusted(0, 0, -taken, 0), calls, size("small"), "muted")

    def _money(self, painter: QPainter, where: QRect, amount: str, currency: str) -> None:
        """The amount large, its currency small behind it; smaller where it is long."""
        text = words.money(amount, "")
        for pixels in (size("figure"), size("title"), size("heading")):
            used = tabular(self._font(pixels, strong=True))
            if QFontMetrics(used).horizontalAdvance(text) + 40 <= where.width():
                break
        taken = self._write(painter, where, text, pixels, strong=True, figures=True) + 6
        self._write(painter, where.adjusted(taken, 4, 0, 0), currency, size("small"), "muted")

    def _left(self, now: float) -> tuple[str, str]:
        """What deposit or limit leaves, and its tone."""
        session = self.shown.view.session
        if session is None:
            return "", "muted"
        left = self.shown.left_seconds(now)
        near = self.shown.warn or (left is not None and left < SOON_SECONDS)
        parts = []
        if session.left is not None:
            parts.append(_("{money} left", money=words.money(session.left, session.currency)))
        if left is not None:
            parts.append(seconds_left(left) if session.left is None or near else clock_time(left))
        return " · ".join(parts), "danger" if near else "muted"

    def _write(
        self,
        painter: QPainter,
        where: QRect,
        text: str,
        pixels: int,
        tone: str = "text",
        *,
        strong: bool = False,
        far: bool = False,
        centred: bool = False,
        figures: bool = False,
    ) -> int:
        """Write it in one line, cut where it is too long; the width it took."""
        if not text:
            return 0
        font = self._font(pixels, strong=strong)
        painter.setFont(tabular(font) if figures else font)
        painter.setPen(self._color(tone))
        said = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, where.width())
        side = Qt.AlignmentFlag.AlignHCenter if centred else Qt.AlignmentFlag.AlignRight if far != self._mirrored() else Qt.AlignmentFlag.AlignLeft
        painter.drawText(self._turned(where), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute | side, said)
        return painter.fontMetrics().horizontalAdvance(said)

    def _font(self, pixels: int, *, strong: bool = False) -> QFont:
        font = self._fonts.get((pixels, strong))
        if font is None:
            font = self._fonts[pixels, strong] = QFont(self.font())
            font.setPixelSize(pixels)
            if strong:
                font.setWeight(QFont.Weight.DemiBold)
        return font

    def _color(self, tone: str) -> QColor:
        return self._theme.color(tone)

    def _mirrored(self) -> bool:
        return self.layoutDirection() == Qt.LayoutDirection.RightToLeft

    def _turned(self, where: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self.rect(), where)


class BoothGrid(QWidget):
    """The cards in as many columns as there is room for. One is chosen; arrows, number keys and clicks choose."""

    chosen_changed = Signal()
    opened = Signal(int)

    def __init__(self, theme: Theme, board: BoothBoard) -> None:
        super().__init__()
        self.setObjectName("plain")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme, self._board = theme, board
        self.cards: dict[int, BoothCard] = {}
        self.chosen = 0

    def show_board(self) -> None:
        """Cards for the booths as they are now; those that stay are kept."""
        wanted = self._board.booths
        for identity in [each for each in self.cards if each not in wanted]:
            gone = self.cards.pop(identity)
            gone.hide()
            gone.deleteLater()
        for identity, shown in wanted.items():
            card = self.cards.get(identity)
            if card is None:
                self.cards[identity] = card = BoothCard(self._theme, shown, self._board.now)
                card.setParent(self)
                card.touched.connect(self.choose)
                card.opened.connect(self.opened)
                card.show()
            card.show_booth(shown)
        self.cards = {identity: self.cards[identity] for identity in wanted}
        if self.chosen not in self.cards:
            self.choose(next(iter(self.cards), 0))
        self._tell()
        self._place()
        self.chosen_changed.emit()

    def moved(self, identities: list[int]) -> None:
        """These were told anew, the card's view of them with it."""
        for identity in identities:
            card = self.cards.get(identity)
            if card is not None:
                card.show_booth(self._board.booths[identity])
        self._tell()

    def figures_moved(self, identities: list[int]) -> None:
        """Only the figures of these moved."""
        for identity in identities:
            card = self.cards.get(identity)
            if card is not None:
                card.move_figures()

    def tick(self) -> None:
        """A second went by: running calls show it."""
        for card in self.cards.values():
            if card.shown.view.call is not None:
                card.move_figures()

    def choose(self, identity: int) -> None:
        """This card is the one that keys are for."""
        self.chosen = identity
        for each in self.cards.values():
            each.choose(each.identity == identity)
        self._tell()
        self.chosen_changed.emit()

    def _tell(self) -> None:
        """Name the grid after the card that keys are for: it is the grid that has the keyboard."""
        card = self.cards.get(self.chosen)
        self.setAccessibleName(_("Booths") if card is None else f"{card.shown.view.position} {card.accessibleName()}")

    def choose_position(self, position: int) -> bool:
        """The card with that number key; whether there is one."""
        found = next((each for each in self.cards.values() if each.shown.view.position == position), None)
        if found is not None:
            self.choose(found.identity)
        return found is not None

    def columns(self) -> int:
        """How many stand side by side."""
        return max(1, (self.width() + GAP) // (LEAST.width() + GAP))

    def step(self, across: int, down: int) -> None:
        """One card further in a direction of the arrows."""
        order = list(self.cards)
        if not order:
            return
        at = order.index(self.chosen) if self.chosen in self.cards else 0
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            across = -across
        wanted = at + across + down * self.columns()
        if 0 <= wanted < len(order):
            self.choose(order[wanted])

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        keys = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
        way = keys.get(Qt.Key(event.key()))
        if way is not None and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.step(*way)
            return
        super().keyPressEvent(event)

    def place_of(self, identity: int) -> QRect:
        """Where a card stands, to be scrolled to."""
        card = self.cards.get(identity)
        return card.geometry() if card is not None else QRect()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        super().resizeEvent(event)
        self._place()

    def _place(self) -> None:
        """Lay the cards out; they grow with the room, on a large wall in height, too."""
        columns = self.columns()
        room = self.width() - GAP * (columns - 1)
        width = min(WIDEST, room // columns)
        height = max(LEAST.height(), int(width * 0.62))
        for at, card in enumerate(self.cards.values()):
            down, across = divmod(at, columns)
            spot = QRect(QPoint(across * (width + GAP), down * (height + GAP)), QSize(width, height))
            card.setGeometry(QStyle.visualRect(self.layoutDirection(), self.rect(), spot))
        rows = -(-len(self.cards) // columns)
        self.setMinimumHeight(rows * (height + GAP))
