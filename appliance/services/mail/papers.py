"""What all papers share: the size that is asked for, and where they are drawn."""

from __future__ import annotations

from appliance.documents.drawing import Content, draw
from appliance.documents.paper import paper_size
from appliance.services.ground.room import Room

PDF = "application/pdf"


def checked_paper(room: Room, asked: str, setting: str) -> str:
    """The paper asked for, else the setting's; UserError paper.unknown."""
    paper = asked or str(room.settings.find(setting) or "A4")
    paper_size(paper)
    return paper


def drawn(room: Room, content: Content, language: str, paper: str) -> bytes:
    """The PDF; may be called in a thread. A server draws in a child, whose start is cheaper than its own memory."""
    return draw(room.program, content, language, paper)
