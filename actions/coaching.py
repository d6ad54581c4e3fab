"""The stretch coach, and marks on the pain scale."""

from __future__ import annotations

from actions.speaking import FlowAction
from reasoning.flows import coaching


class StartStretches(FlowAction):
    flow = staticmethod(coaching.start)

    def name(self) -> str:
        return "action_start_stretches"


class TakeMark(FlowAction):
    flow = staticmethod(coaching.take_mark)

    def name(self) -> str:
        return "action_take_mark"


class AnswerFlag(FlowAction):
    flow = staticmethod(coaching.answer_flag)

    def name(self) -> str:
        return "action_answer_flag"


class TakeFactsForStretches(FlowAction):
    flow = staticmethod(coaching.take_facts)

    def name(self) -> str:
        return "action_take_facts_for_stretches"


class NextStretch(FlowAction):
    flow = staticmethod(coaching.next_step)

    def name(self) -> str:
        return "action_next_stretch"


class PauseStretches(FlowAction):
    flow = staticmethod(coaching.pause)

    def name(self) -> str:
        return "action_pause_stretches"


class ResumeStretches(FlowAction):
    flow = staticmethod(coaching.resume)

    def name(self) -> str:
        return "action_resume_stretches"


class SkipStretch(FlowAction):
    flow = staticmethod(coaching.skip)

    def name(self) -> str:
        return "action_skip_stretch"


class StopStretches(FlowAction):
    flow = staticmethod(coaching.stop)

    def name(self) -> str:
        return "action_stop_stretches"


class AskWhatIsFelt(FlowAction):
    flow = staticmethod(coaching.check)

    def name(self) -> str:
        return "action_ask_what_is_felt"


class StopForPain(FlowAction):
    flow = staticmethod(coaching.trouble)

    def name(self) -> str:
        return "action_stop_for_pain"


class TakeHowItFelt(FlowAction):
    flow = staticmethod(coaching.felt)

    def name(self) -> str:
        return "action_take_how_it_felt"
