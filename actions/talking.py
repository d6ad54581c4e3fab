"""Small talk, and what was not understood."""

from __future__ import annotations

from typing import Any

from actions.speaking import FlowAction
from reasoning.flows import talking
from reasoning.flows.turn import Flow


class Talk(FlowAction):
    def name(self) -> str:
        return "action_talk"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return talking.talk(domain["responses"])


class AskForOtherWords(FlowAction):
    def name(self) -> str:
        return "action_ask_for_other_words"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return talking.not_understood(domain["responses"])


class NameLanguage(FlowAction):
    def name(self) -> str:
        return "action_name_language"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return talking.other_language


class RefuseOldButton(FlowAction):
    def name(self) -> str:
        return "action_refuse_old_button"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return talking.old_button
