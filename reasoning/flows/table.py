"""Which flow an action of `domain.yml` runs: the same table for Rasa's actions and for tests that need no Rasa."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from reasoning.flows import answering, caring, coaching, emergencies, interviewing, my_data, reporting, talking
from reasoning.flows.talking import Responses
from reasoning.flows.turn import Flow

FLOWS: Mapping[str, Flow] = {
    "action_answer_question": answering.ask_topic,
    "action_tell_more": answering.tell_more,
    "action_ask_user_facts": answering.ask_user_facts,
    "action_take_user_facts": answering.take_user_facts,
    "action_begin_interview": interviewing.begin,
    "action_take_answer": interviewing.take_answer,
    "action_explain_question": interviewing.why,
    "action_go_back": interviewing.back,
    "action_change_answer": interviewing.change,
    "action_stop_interview": interviewing.stop,
    "action_hold_remedies": interviewing.remedies_wait,
    "action_show_plan": interviewing.show_plan,
    "action_give_emergency_advice": emergencies.give_advice,
    "action_confirm_emergency": emergencies.confirm,
    "action_ask_flag_again": emergencies.ask_again,
    "action_clear_flag": emergencies.clear,
    "action_choose_country": emergencies.choose_country,
    "action_start_over": emergencies.start_over,
    "action_begin_reminders": caring.begin_reminders,
    "action_agree_reminders": caring.agree,
    "action_decline_reminders": caring.decline,
    "action_stop_reminders": caring.stop,
    "action_take_time": caring.take_time,
    "action_start_timer": caring.start_timer,
    "action_again_later": caring.again_later,
    "action_note_stretches": caring.did_stretches,
    "action_take_onset": caring.take_onset,
    "action_take_pain": caring.take_pain,
    "action_note_better": caring.better,
    "action_note_same": caring.same,
    "action_note_worse": caring.worse,
    "action_note_gone": caring.gone,
    "action_start_stretches": coaching.start,
    "action_take_mark": coaching.take_mark,
    "action_answer_flag": coaching.answer_flag,
    "action_take_facts_for_stretches": coaching.take_facts,
    "action_next_stretch": coaching.next_step,
    "action_pause_stretches": coaching.pause,
    "action_resume_stretches": coaching.resume,
    "action_skip_stretch": coaching.skip,
    "action_stop_stretches": coaching.stop,
    "action_ask_what_is_felt": coaching.check,
    "action_stop_for_pain": coaching.trouble,
    "action_take_how_it_felt": coaching.felt,
    "action_report_wrong_advice": reporting.report,
    "action_await_report": reporting.wait_for_words,
    "action_keep_report": reporting.keep_words,
    "action_decline_report": reporting.decline,
    "action_tell_my_data": my_data.tell,
    "action_tell_what_is_kept": my_data.what_is_kept,
    "action_export_data": my_data.export,
    "action_ask_to_delete": my_data.ask_to_delete,
    "action_delete_data": my_data.delete,
    "action_keep_data": my_data.keep,
    "action_give_doctor_sheet": my_data.doctor_sheet,
    "action_name_language": talking.other_language,
    "action_refuse_old_button": talking.old_button,
    "action_ask_for_less": talking.too_long,
}
# These say the responses of `data/`, so they are made with them.
SPEAKING: Mapping[str, Callable[[Responses], Flow]] = {
    "action_talk": talking.talk,
    "action_ask_for_other_words": talking.not_understood,
}


def flow_of(action: str, responses: Responses) -> Flow:
    """The flow of an action; KeyError when there is none."""
    return SPEAKING[action](responses) if action in SPEAKING else FLOWS[action]
