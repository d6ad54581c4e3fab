"""Messages of every kind, as the server sends them."""

from __future__ import annotations

from typing import Any

TICKS: dict[str, Any] = {
    "text": "Do you have any of these now?\n- Trouble peeing\n- Numb between the legs\nNone of these. Not sure.",
    "short": "Do you have **any of these** now?",
    "kind": "question",
    "ticks": {
        "items": [
            {"id": "t1", "title": "New trouble peeing"},
            {"id": "t2", "title": "Numb between the legs"},
            {"id": "t3", "title": "Both legs weak"},
        ],
        "none": {"id": "t-none", "title": "None of these"},
        "not_sure": {"id": "t-unsure", "title": "Not sure"},
    },
}
STRETCH: dict[str, Any] = {
    "text": "Single knee to chest. Lie back on the floor. Hold for 5-10 seconds.",
    "short": "This one is gentle on the low back.",
    "kind": "plan",
    "general": True,
    "level": "H",
    "card": {
        "title": "Single knee to chest",
        "steps": ["Lie back on the floor.", "Draw one knee toward your chest.", "Hold for 5-10 seconds."],
        "picture": {"name": "single_knee_to_chest", "alt": "Lying with knees bent; then one knee drawn to the chest"},
        "hold_seconds": [5, 10],
        "repetitions": 10,
        "sides": "each",
        "sets": 2,
        "sessions_a_day": 2,
    },
    "buttons": [{"id": "better", "title": "It felt better"}, {"id": "worse", "title": "It felt worse"}],
}
_NEXT = ("Done, next", "Pause", "Skip this stretch", "It hurts", "Stop stretching")
COACH: dict[str, Any] = {
    **STRETCH,
    "short": "First rest for a moment. Stretch 3 of 5, set 2 of 2. Do the left side, then the right.",
    "kind": "coach",
    "card": {**STRETCH["card"], "sets": None, "sessions_a_day": None},
    "buttons": [{"id": title, "title": title} for title in _NEXT],
}
SCALE: dict[str, Any] = {
    "text": "How strong is the pain now, from 0 to 10?",
    "kind": "question",
    "scale": {"low": "no pain", "high": "worst you can think of"},
}
ICE: dict[str, Any] = {
    "text": "Put an ice pack on the sore area.\n- 20 minutes at a time\n- every 1-2 hours\n\nSource: the article",
    "kind": "answer",
    "timer": {"label": "Ice pack, 20 minutes", "seconds": 1200},
    "buttons": [{"id": "stretches", "title": "Stretches"}, {"id": "doctor", "title": "When to see a doctor"}],
    "wrong": {"id": "wrong-ice", "title": "This is wrong"},
}
REPORT: dict[str, Any] = {
    "text": "I have noted it. May I keep your next message?",
    "kind": "question",
    "buttons": [{"id": "keep", "title": "Yes, keep it"}, {"id": "no", "title": "No, keep nothing"}],
}
EMERGENCY: dict[str, Any] = {
    "text": "This needs emergency care now. Call 999. Say: I have back pain and numbness between my legs.",
    "short": "I give no tips here.",
    "kind": "emergency",
    "level": "E2",
    "banner": {
        "heading": "This needs emergency care now",
        "call": ["999", "112"],
        "reason": "Numbness between the legs with back pain can mean squeezed nerves.",
        "say": "I have back pain and numbness between my legs.",
    },
    "buttons": [{"id": "wrong", "title": "I answered wrongly"}],
}
FILE: dict[str, Any] = {
    "text": "Here is the sheet for your doctor.",
    "kind": "notice",
    "file": {"name": "doctor-sheet.pdf", "media_type": "application/pdf", "url": "/files/sheet.pdf"},
}
CRISIS: dict[str, Any] = {
    "text": "I am sorry. People can be with you now.",
    "kind": "crisis",
    "banner": {"heading": "Talk to someone now", "call": ["Samaritans 116 123", "116 123"], "reason": "", "say": ""},
}


def answer(inbound: dict[str, Any]) -> list[dict[str, Any]]:
    """A little of everything, by a word of the text."""
    text = inbound.get("text", "")
    for word, message in (
        ("golf", TICKS), ("stretch", STRETCH), ("scale", SCALE), ("ice", ICE), ("sheet", FILE), ("crisis", CRISIS),
        ("lead", COACH),
    ):  # fmt: skip
        if word in text:
            return [message]
    if "ticks" in inbound and inbound["ticks"] != ["t-none"]:
        return [EMERGENCY]
    if inbound.get("button") == "wrong-ice":
        return [REPORT]
    if "ticks" in inbound or inbound.get("button") == "wrong":
        return [ICE]
    return [{"text": "I read you.", "kind": "talk"}]
