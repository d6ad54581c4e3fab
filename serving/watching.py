"""Asks the watch about a text that is not answered: one that was changed afterwards, or came too late."""

from __future__ import annotations

from reasoning import routing, triage
from serving.conversations import Conversations


async def is_emergency(conversations: Conversations, conversation: str, text: str) -> bool:
    """Whether the text, by itself or with what is known of the conversation, is an emergency. Nothing is kept."""
    screened = conversations.reader.screen(text)
    if not screened.findings:
        return False
    case = await conversations.case(conversation)
    told = case.with_(
        findings=triage.merge(case.findings, screened.findings),
        back_trouble=case.back_trouble or screened.has_back_trouble,
    )
    alone = told.with_(findings=screened.findings)
    return any(routing.assess(found).level.emergency for found in (told, alone))
