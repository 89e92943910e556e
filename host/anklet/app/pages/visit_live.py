"""The step in which a leg moves: the angle, large; reps, tempo, trace; and few buttons."""

from functools import partial

from anklet.app.choice import Kind
from anklet.app.finding import details, finding
from anklet.app.frame import notice
from anklet.app.kit import button, check, choice, field, tag, text
from anklet.app.recording import Recording
from anklet.app.texts import _
from anklet.app.visit_run import VisitRun
from anklet.model import Side
from anklet.visits.remarks import Pain, When

PAIN = {"": _("not asked"), **{str(k): str(k) for k in range(11)}}


def build(run: VisitRun) -> None:
    """Add the step's content."""
    recording = run.recording
    if recording is None:
        _before(run)
    elif not recording.over:
        _during(run, recording)
    else:
        _after(run, recording)


def _before(run: VisitRun) -> None:
    calibrate = run.step.kind is Kind.CALIBRATE
    with tag("section", "panel stack"):
        if len(run.step.sides) == 1:
            with tag("div", "who"):
                _name(run, run.step.sides[0])
        text(_("What to do") if not calibrate else _("Calibrate: half a minute"), "h2")
        if run.choice.moved:
            text(
                _("Put the sensors on the {side} leg now.").format(side=run.step.sides[0]),
                "p",
                "verdict",
            )
        with tag("ol", "stack"):
            for sentence in run.instructions():
                text(sentence, "li")
        if run.busy:
            text(run.busy, "p", "muted", role="status")
        with tag("div", "row end"):
            button(_("Start"), run.start, "main", data_key="Space", disabled=bool(run.busy))
            if run.earlier is not None:
                button(_("Keep the earlier set"), run.keep_earlier)
            if calibrate:
                button(_("Skip: tell it from the set itself"), partial(run.go, run.at + 1), "quiet")
            else:
                choice(
                    _("Pain before, 0 to 10"),
                    PAIN,
                    run.pain_before,
                    lambda score: run.say_pain("before", score),
                )


def _during(run: VisitRun, recording: Recording) -> None:
    with tag("div", "lives two" if len(recording.sides) > 1 else "lives"):
        for side in recording.sides:
            with tag("section", "live", aria_label=_("{side} leg, live").format(side=side)):
                _leg(run, recording, side)
    with tag("div", "row between actions"):
        with tag("div"):
            text("", "p", "signal", data_live="signal", role="status")
            text("", "p", "signal", data_live="told", role="status")
        with tag("div", "row"):
            if recording.ending:
                text(
                    _("Ending: what is missing is being fetched, then it is measured."),
                    "p",
                    role="status",
                )
                button(_("Do not wait for the rest"), recording.leave)
                return
            with tag("span", data_live="sounds"):
                check(_("Sound at each end"), False, lambda _on: None)
            if run.step.kind is Kind.LEG:
                button(_("Redo last set"), recording.redo, data_key="R")
                button(_("Marker"), recording.mark, data_key="M")
                button(
                    _("Go on") if recording.paused else _("Pause"),
                    recording.pause,
                    data_key="P",
                    aria_pressed=str(recording.paused).lower(),
                )
            button(_("Done"), recording.stop, "main", data_key="Space")


def _leg(run: VisitRun, recording: Recording, side: Side) -> None:
    chosen = run.choice
    target = None if recording.guided else chosen.target_deg
    block_deg = 0.0 if recording.guided else chosen.block_deg
    where = {"data_side": side}
    with tag("div", "who"):
        _name(run, side)
        if not recording.guided:
            text("", "span", "muted", data_live="set", **where)
        if target:
            text(
                _("target {low:g} to {high:g}°").format(low=target[0], high=target[1]),
                "span",
                "muted",
            )
    with tag("div", "angle none", aria_hidden="true"):
        text("···", "span", data_live="angle", **where)
        text("°", "small")
    with tag("div", "more"):
        if not recording.guided:
            _progress(side)
    tag("div", "leg", data_live="leg", data_block=f"{block_deg:g}", **where)
    text("", "p", "hint", data_live="hint", role="status", **where)
    canvas = tag("canvas", "trace", data_live="trace", role="img", **where)
    canvas.props["aria-label"] = _("ankle angle over the last twelve seconds")
    canvas.props["data-up"] = _("dorsiflexion ↑")
    if target:
        canvas.props["data-target"] = f"{target[0]},{target[1]}"


def _name(run: VisitRun, side: Side) -> None:
    dot = " ●" if run.choice.person.involved == side else ""
    text(f"{side}{dot}", "b", side)


def _progress(side: Side) -> None:
    where = {"data_side": side}
    with tag("p"):
        text("", "span", "count", data_live="count", **where)
        text(f" {_('reps')}", "span", "muted")
    with tag("dl", "facts"):
        text(_("tempo"), "dt")
        text("", "dd", data_live="tempo", **where)
        text(_("last rep"), "dt")
        text("", "dd", data_live="peak", **where)


def _after(run: VisitRun, recording: Recording) -> None:
    found, good = finding(recording, run.choice.protocol)
    if good:
        notice(recording.trouble)
    with tag("section", "panel stack"):
        text(_("Recorded and kept") if recording.assessment_id else _("Nothing recorded"), "h2")
        with tag("div", role="status"):
            for sentence in found:
                text(sentence, "p", "verdict" if good else "error")
        reports = recording.outcome.reports if recording.outcome else ()
        for sentence in (*details(recording), *(str(report) for report in reports)):
            text(sentence, "p", "muted small")
        if recording.instead_of is not None:
            text(
                _(
                    "It replaces the earlier set, which stays recorded, left out; the person's "
                    "page can put that back."
                ),
                "p",
                "muted",
            )
        if not recording.guided and recording.assessment_id is not None:
            _remarks(run, recording)
        with tag("div", "row"):
            if not recording.guided:
                button(_("Go on"), partial(run.go_on, run.at), "main")
            elif good:
                button(_("Accept, and go on"), partial(run.go_on, run.at), "main", data_key="Space")
            button(_("Do it again"), run.again)
            if not recording.guided:
                button(_("One more set"), run.more, "quiet")


def _remarks(run: VisitRun, recording: Recording) -> None:
    pain = run.said.pain.get(recording.sides[0] if len(recording.sides) == 1 else None, Pain())
    with tag("div", "fields"):
        _pain(run, _("Pain before, 0 to 10"), "before", pain.before)
        _pain(run, _("Pain after, 0 to 10"), "after", pain.after)
        tags = field(_("Tags, such as tactile cue; Enter keeps one"), _nothing, maxlength=40)
        tags.on(
            "keydown.enter",
            lambda e: run.say_tag(str(e.args)),
            js_handler="(e) => { emit(e.target.value); e.target.value = '';"
            " e.target.dispatchEvent(new Event('input', {bubbles: true})); }",
        )
    if run.said.tags:
        with tag("ul", "row", aria_label=_("Tags")):
            for words in run.said.tags:
                with tag("li", "row"):
                    text(words, "span")
                    button(
                        _("Take off"),
                        partial(run.say_tag, words, removed=True),
                        "quiet",
                        aria_label=_("Take off the tag {words}").format(words=words),
                    )


def _pain(run: VisitRun, label: str, when: When, score: int | None) -> None:
    said = "" if score is None else str(score)
    choice(label, PAIN, said, lambda told: run.say_pain(when, told))


def _nothing(_value: str) -> None:
    """What is typed counts with Enter."""
