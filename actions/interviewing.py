"""The safety interview."""

from __future__ import annotations

from typing import Any

from actions.speaking import FlowAction
from reasoning.flows import interviewing
from reasoning.flows.turn import Flow


class BeginInterview(FlowAction):
    def name(self) -> str:
        return "action_begin_interview"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.begin


class TakeAnswer(FlowAction):
    def name(self) -> str:
        return "action_take_answer"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.take_answer


class ExplainQuestion(FlowAction):
    def name(self) -> str:
        return "action_explain_question"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.why


class GoBack(FlowAction):
    def name(self) -> str:
        return "action_go_back"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.back


class ChangeAnswer(FlowAction):
    def name(self) -> str:
        return "action_change_answer"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.change


class StopInterview(FlowAction):
    def name(self) -> str:
        return "action_stop_interview"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.stop


class HoldRemedies(FlowAction):
    def name(self) -> str:
        return "action_hold_remedies"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.remedies_wait


class ShowPlan(FlowAction):
    def name(self) -> str:
        return "action_show_plan"

    def flow(self, domain: dict[str, Any]) -> Flow:
        return interviewing.show_plan
