"""An unusual word, typed into every field and state of a conversation: after a deletion it must be found nowhere."""

from __future__ import annotations

from typing import Any

from tests.channels.running_server import RunningServer

HOOKS = "/webhooks/web"
CANARY = "zqxcanary"


def files_of(messages: list[dict[str, Any]]) -> dict[str, str]:
    return {message["file"]["name"]: message["file"]["url"] for message in messages if message.get("file")}


def leave_the_marker_everywhere(server: RunningServer, token: str) -> None:
    """In every state of the talk, in every field of a message, in feedback, in the token's page data."""
    word = f"{CANARY}{{}}"
    numbers = iter(range(1000))

    def say(text: str) -> list[dict[str, Any]]:
        return server.say(token, text=text.format(word.format(next(numbers))), id=f"c{next(numbers)}")

    first = say("my name is {} and my back cramps after golf, what do I do")
    say("{}")
    say("none of these, said {}")
    say("not sure {}")
    for fields in ({"ticks": [CANARY]}, {"button": CANARY}, {"scale": 7}):
        server.say(token, **fields)
    say("what is an MRI, {}?")
    say("I have a fever and {} wrote chills all over")
    say("delete my data {}")
    say("no {}")
    emergency = say("I cannot feel my bottom and I cannot pee, says {}")
    assert emergency[0]["kind"] == "emergency"
    say("that is right {}")
    say("I answered wrongly {}")
    say("no {}")
    say("start over {}")
    say("/delete {}")
    say("my doctor {} said it is a muscle spasm, are stretches ok?")
    say(" ".join(["{0}"] + ["it hurts"] * 1200)[:10_000])
    rated = first[0].get("id", "")
    server.ask("POST", f"{HOOKS}/feedback", token, body={"message": rated, "helpful": True})
    server.ask("POST", f"{HOOKS}/feedback", token, body={"message": CANARY, "helpful": True})
    server.ask("POST", f"{HOOKS}/messages", token, body={"text": CANARY, "unknown": CANARY})
    server.get(files_of(say("a sheet for my doctor please"))["back-spasm-sheet.pdf"])


def fill_what_goes_on_for_days(server: RunningServer, token: str) -> None:
    """To the plan, with reminders, a timer, a diary and a report with words; the marker in all that is typed."""
    said = server.say(token, text=f"my back cramps since golf yesterday, says {CANARY}, please help")
    while any("ticks" in message for message in said):
        said = server.say(token, ticks=[said[-1]["ticks"]["none"]["id"]])
    server.say(token, button=_button(said, "Yes, check on me"))
    server.say(token, text="start a timer")
    server.say(token, text=f"it is better now, {CANARY}")
    server.say(token, scale=6)
    answer = server.say(token, text=f"what is an mri, {CANARY}")[0]
    asked = server.say(token, button=answer["wrong"]["id"])
    server.say(token, button=_button(asked, "Yes, keep it"))
    server.say(token, text=f"the part on magnets is wrong, says {CANARY}")
    server.say(token, text=f"I have a fever of 39 and shivers, {CANARY}")


def _button(said: list[dict[str, Any]], title: str) -> str:
    return next(b["id"] for message in said for b in message.get("buttons", ()) if b["title"] == title)
