"""Slack's text: what a person typed out of it, and our words into it without anything that Slack would act on."""

from __future__ import annotations

import re

from serving.ingress.texts import shown

# A token that Slack puts in place of what was typed: <@U…>, <#C…|name>, <!here>, <https://…|label>. One pass, linear.
TOKEN = re.compile(r"<([^<>]*)>")
NAMES_SOMEBODY = ("@", "!")  # people, groups, the whole channel: nothing that tells of a person's back
NAMES_A_CHANNEL = "#"
ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"))  # all that Slack escapes, in the order of escaping


def escape(text: str) -> str:
    """The three characters that Slack acts on, as it wants them; nothing in `text` is then a link or a mention."""
    for sign, escaped in ESCAPES:
        text = text.replace(sign, escaped)
    return text


def unescape(text: str) -> str:
    """What `escape` was given."""
    for sign, escaped in reversed(ESCAPES):
        text = text.replace(escaped, sign)
    return text


def typed(text: str) -> str:
    """What the person typed: links by their label, channels by their name, no mentions, no escapes.

    Without NUL and half characters, which no database takes, and no longer than is kept.
    """
    return unescape(TOKEN.sub(_shown, shown(text))).strip()


def _shown(token: re.Match[str]) -> str:
    target, _, label = token[1].partition("|")
    if target.startswith(NAMES_SOMEBODY):
        return " "
    if target.startswith(NAMES_A_CHANNEL):
        return f"#{label}" if label else " "
    return label or target
