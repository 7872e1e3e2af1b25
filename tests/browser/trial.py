"""A form of the tests' own, which has everything that a form can have."""

from flowroute_nb.widgets.form import Form
from flowroute_nb.widgets.parts import Action, Field, Panel, bubble, rows, steps, text, written

HOSTILE = "<img src=x onerror='window.ran = 1'><script>window.ran = 1</script>"
KINDS = [("all", f"All of them {HOSTILE}"), ("inbound", "Inbound")]
PLACES = [("here", "Here", "costs nothing"), ("there", "There")]


class Trial(Form):
    """Goes, takes long, and breaks, on demand."""

    title = "Trial"
    intro = "Every kind of field, and what can come of them."
    code = "print('<b>Hello</b>')"

    def __init__(self):
        fields = [
            Field("name", "Name", hint=f"Any name {HOSTILE}", placeholder="Marmot"),
            Field("kind", "Kind", kind="choice", options=KINDS, value="all", size="half"),
            Field("day", "Day", kind="date", size="half"),
            Field("where", "Where", kind="radio", options=PLACES, value="here"),
            Field("words", "Words", kind="area"),
            Field("sure", "I am sure", kind="check", value=False),
            Field("key", "Key", kind="secret", hint="Never kept"),
        ]
        actions = [Action("go", "Go", "main"), Action("long", "Take long"), Action("break", "Break")]
        super().__init__(fields, actions)
        self.count, self.taken = 0, None

    @property
    def python(self):
        return written("dict", **self.values)

    def typed(self):
        words = self.fields["words"]
        words.note = [(f"{len(words.value)} letters ", ""), *(("é", "dear", "dear") for c in words.value if c == "é")]
        words.offers = [Action("loud", "Make it loud")] if words.value else []

    def press_loud(self, _secrets):
        self.fields["words"].set(self.values["words"].upper())

    def press_go(self, secrets):
        self.taken = secrets.take("key")
        self.fields["key"].set("")  # it has done its work
        if not self.values["name"]:
            self.fields["name"].error = "A name is missing. Give one."
            self.focus("name")
            return
        said = [rows({"Name": self.values["name"]}), bubble(self.values["words"]), text("That is all.", "faint")]
        done = steps([("good", "It began", "12:00:01 UTC"), ("wait", HOSTILE, "now"), ("bad", "It broke", "")])
        again = Action("again", "Again", "main", token=self.count, careful=True)
        self.panel = Panel("Ready to go", [*said, done], [again, Action("back", "Back")], mark="ask")
        self.focus("panel")

    def press_again(self, _secrets):
        self.count += 1
        self.panel, self.status = None, f"Gone {self.count} times."
        self.focus("name")

    def press_back(self, _secrets):
        self.panel = None
        self.focus("name")

    def press_long(self, _secrets):
        def call(job):
            for n in range(1, 201):
                if job.over:
                    return "stopped"
                job.sleep(0.02)
                self.report(f"{n} of 200", n / 200)
            return "finished"

        def done(came):
            self.status = f"It has {came}."

        self.run(call, done, saying="Beginning …")

    def press_break(self, _secrets):
        def call(_job):
            raise ValueError("a secret that an error might hold")

        self.run(call, print, saying="Breaking …")
