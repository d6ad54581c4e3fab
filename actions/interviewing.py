"""The safety interview."""

from __future__ import annotations

from actions.speaking import FlowAction
from reasoning.flows import interviewing


class BeginInterview(FlowAction):
    flow = staticmethod(interviewing.begin)

    def name(self) -> str:
        return "action_begin_interview"


class TakeAnswer(FlowAction):
    flow = staticmethod(interviewing.take_answer)

    def name(self) -> str:
        return "action_take_answer"


class ExplainQuestion(FlowAction):
    flow = staticmethod(interviewing.why)

    def name(self) -> str:
        return "action_explain_question"


class GoBack(FlowAction):
    flow = staticmethod(interviewing.back)

    def name(self) -> str:
        return "action_go_back"


class ChangeAnswer(FlowAction):
    flow = staticmethod(interviewing.change)

    def name(self) -> str:
        return "action_change_answer"


class StopInterview(FlowAction):
    flow = staticmethod(interviewing.stop)

    def name(self) -> str:
        return "action_stop_interview"


class HoldRemedies(FlowAction):
    flow = staticmethod(interviewing.remedies_wait)

    def name(self) -> str:
        return "action_hold_remedies"


class ShowPlan(FlowAction):
    flow = staticmethod(interviewing.show_plan)

    def name(self) -> str:
        return "action_show_plan"
