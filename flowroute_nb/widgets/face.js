// What people see of a form, and how what they do reaches Python. Words come in as words and go into the page as text,
// never as HTML. What is typed goes to the kernel by message alone: no part of it is ever the widget's state.

const SOON = 120; // ms after the last key until what was typed is told
const PATIENCE = 700; // ms after a click until it is said that the kernel has other things to do
const DEAD = 4000; // ms after which a form that never heard from a kernel says so
const SECOND_CLICK = 500; // ms in which a button that has just appeared doesn't take what was the click before it
const ENTRIES = "input, textarea, select"; // where one fills in
const ALONE = "This form has not heard from its kernel. If the kernel is busy, wait; else run the form's cell again.";
const LOST = "The kernel behind this form has gone. Run its cell again. If it was sending, look in the records before "
    + "you send again.";

/** Make an element; text and elements are its children. */
function made(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
        if (value === true) element.setAttribute(name, "");
        else if (value !== false && value != null) element.setAttribute(name, value);
    }
    element.append(...children);
    return element;
}

/** Make nodes of words: a text, or pieces of [text, mark, title]. */
function worded(words) {
    if (!Array.isArray(words)) return [words ?? ""];
    return words.map(([text, mark, title]) =>
        mark ? made(mark === "dear" ? "mark" : "span", { class: `fr-${mark}`, title }, text) : text);
}

/** Put words where others may stand; the same words again change nothing, so that they aren't read out again. */
function say(element, words) {
    const said = JSON.stringify(words ?? "");
    if (element.dataset.said === said) return;
    element.dataset.said = said;
    element.replaceChildren(...worded(words));
    element.hidden = !element.textContent;
}

/** Make a part of the panel. */
function part(piece) {
    if (piece.rows)
        return made("dl", {}, ...piece.rows.flatMap(([name, words]) =>
            [made("dt", {}, name), made("dd", {}, ...worded(words))]));
    if (piece.steps)
        return made("ol", { class: "fr-steps" }, ...piece.steps.map(([mark, what, more]) =>
            made("li", { class: `fr-step-${mark}` }, made("span", {}, ...worded(what)), made("small", {}, ...worded(more)))));
    if (piece.bubble) return made("div", { class: "fr-bubble", dir: "auto" }, ...worded(piece.bubble));
    return made("p", { class: piece.mark && `fr-${piece.mark}` }, ...worded(piece.text));
}

function render({ model, el }) {
    const view = Math.random().toString(36).slice(2, 10);
    const id = name => `fr-${view}-${name}`;
    const fields = new Map(), typed = new Map(), since = new Map();
    let soon = 0, late = 0, state = null, focused = 0;

    // ---------------------------------------------------------------- the parts that are always there
    const title = made("div", { class: "fr-title", role: "heading", "aria-level": "3", id: id("title") });
    const intro = made("p", { class: "fr-intro" });
    const lost = made("div", { class: "fr-problem", role: "alert", hidden: true });
    const inputs = made("div", { class: "fr-fields" });
    const actions = made("div", { class: "fr-actions" });
    const problem = made("div", { class: "fr-problem", role: "alert", hidden: true });
    const status = made("div", { class: "fr-status", role: "status" });
    const progress = made("progress", { class: "fr-progress", max: "1", hidden: true, "aria-label": "Progress" });
    const code = made("code"), python = made("div", { class: "fr-python", id: id("python"), hidden: true });
    const show = made("button", { type: "button", class: "fr-quiet", "aria-expanded": "false",
        "aria-controls": id("python") }, "Show the Python");
    const copy = made("button", { type: "button" }, "Copy");
    python.append(made("pre", { tabindex: "0", role: "region", "aria-label": "The Python that does the same" }, code), copy);
    const form = made("form", { class: "fr-left", novalidate: true, autocomplete: "off" }, inputs, actions, problem,
        progress, status, python);
    const panel = made("section", { class: "fr-panel", hidden: true, tabindex: "-1", "aria-labelledby": id("panel") });
    const beside = made("div", { class: "fr-actions" });
    const root = made("div", { class: "fr-form", role: "group", "aria-labelledby": id("title") }, title, intro, lost,
        made("div", { class: "fr-columns" }, form, panel));
    el.classList.add("tex2jax_ignore", "mathjax_ignore"); // two dollar signs are no mathematics
    el.append(root);

    // ---------------------------------------------------------------- what people do
    /** Tell the kernel what stands in the fields, and what was pressed. */
    function tell(press, token) {
        clearTimeout(soon);
        soon = 0;
        const said = { view, typed: Object.fromEntries(typed) };
        typed.clear();
        if (press) {
            said.press = press;
            said.token = token;
            said.secrets = {};
            for (const [name, field] of fields) {
                // A key stays in this input, and nowhere else, until the form has no more use for it.
                if (field.secret) said.secrets[name] = field.whole.hidden ? "" : field.input.value;
                else if (!field.frozen) said.typed[name] = field.read();
            }
            late = late || setTimeout(() => {
                status.classList.remove("fr-heard");
                say(status, "Waiting for the kernel. This is done as soon as it is free.");
            }, PATIENCE);
        }
        model.send(said);
    }

    function press(name, token) {
        for (const button of root.querySelectorAll("button[data-press]")) button.disabled = true;
        tell(name, token);
    }

    /** Make a button; one that is careful doesn't take the second half of a double click on what was there before. */
    function button({ name, label, mark, token, careful, frozen }) {
        const one = made("button", { type: "button", class: `fr-${mark}`, "data-press": name }, label);
        const key = `${name} ${token}`;
        if (!since.has(key)) since.set(key, performance.now());
        one.enable = frozen => {
            const left = careful ? since.get(key) + SECOND_CLICK - performance.now() : 0;
            one.disabled = frozen || left > 0;
            if (!frozen && left > 0) setTimeout(() => { one.disabled = false; }, left);
        };
        one.enable(frozen);
        one.addEventListener("click", () => press(name, token));
        return one;
    }

    form.addEventListener("submit", event => event.preventDefault());
    form.addEventListener("keydown", event => {
        if (event.key !== "Enter" || event.isComposing || !event.target.matches("input")) return;
        event.preventDefault();
        actions.querySelector(".fr-main:enabled")?.click();
    });
    show.addEventListener("click", () => {
        python.hidden = !python.hidden;
        show.setAttribute("aria-expanded", String(!python.hidden));
        show.textContent = python.hidden ? "Show the Python" : "Hide the Python";
    });
    copy.addEventListener("click", async () => {
        getSelection().selectAllChildren(code);
        try {
            await navigator.clipboard.writeText(code.textContent);
            copy.textContent = "Copied";
        } catch {
            copy.textContent = "Selected: copy it with Ctrl+C";
        }
        setTimeout(() => { copy.textContent = "Copy"; }, 3000);
    });
    // JupyterLab has uses of its own for Enter, arrows and letters: they stay in here. Those with Ctrl or Cmd, such as
    // save, go on. Notebook listens before we do, and heeds the attribute, of what has the focus alone.
    const free = event => event.ctrlKey || event.metaKey;
    const early = event => root.contains(event.target)
        && event.target.toggleAttribute("data-lm-suppress-shortcuts", !free(event));
    window.addEventListener("keydown", early, true);
    root.addEventListener("keydown", event => { if (!free(event)) event.stopPropagation(); });

    // ---------------------------------------------------------------- fields
    const INPUTS = {
        area: given => made("textarea", { rows: given.rows }),
        choice: given => made("select", {}, ...given.options.map(([value, label]) => made("option", { value }, label))),
        radio: given => made("div", { role: "radiogroup", "aria-labelledby": id(`${given.name}-label`) },
            ...given.options.map(([value, label, more]) => made("label", { class: "fr-radio" },
                made("input", { type: "radio", name: id(given.name), value }),
                made("span", {}, label, made("small", {}, more ?? ""))))),
        check: () => made("input", { type: "checkbox" }),
        key: () => made("input", { type: "text", autocomplete: "off" }),
        secret: () => made("input", { type: "password", autocomplete: "new-password" }),
    };

    const shape = ({ kind, options, label }) => JSON.stringify([kind, options, label]);

    /** Make a field: its label, its input, what helps, and what is wrong with it. */
    function field(given) {
        const make = INPUTS[given.kind] ?? (() => made("input", { type: given.kind, autocomplete: "off" }));
        const input = make(given), radio = given.kind === "radio", check = given.kind === "check";
        if (!radio) input.id = id(given.name);
        input.setAttribute("aria-describedby", `${id(`${given.name}-hint`)} ${id(`${given.name}-error`)}`);
        if (!radio && !check) Object.assign(input, { spellcheck: given.kind === "area", placeholder: given.placeholder });
        const label = made(radio ? "span" : "label", { class: "fr-label", id: id(`${given.name}-label`),
            for: radio ? null : id(given.name) }, given.label);
        const hint = made("div", { class: "fr-hint", id: id(`${given.name}-hint`) });
        const error = made("div", { class: "fr-error", id: id(`${given.name}-error`) });
        const note = made("div", { class: "fr-note" }), offers = made("div", { class: "fr-offers" });
        const whole = made("div", { class: `fr-field fr-${given.size}` },
            ...(check ? [made("div", { class: "fr-check" }, input, label)] : [label, input]), hint, error, note, offers);
        const one = { whole, input, hint, error, note, offers, secret: !given.kept, frozen: false };
        one.shape = shape(given);
        one.read = () => radio ? whole.querySelector("input:checked")?.value ?? "" : check ? input.checked : input.value;
        one.write = value => {
            if (radio) for (const each of input.querySelectorAll("input")) each.checked = each.value === value;
            else if (check) input.checked = value;
            else if (input.value !== value) input.value = value;
        };
        if (!one.secret) input.addEventListener("input", () => {
            typed.set(given.name, one.read());
            clearTimeout(soon);
            soon = setTimeout(tell, SOON);
        });
        return one;
    }

    /** Show a field as it is now; it is made anew only if its shape is another, because that takes the focus off it. */
    function showField(given) {
        let one = fields.get(given.name);
        if (one?.shape !== shape(given)) {
            const anew = field(given);
            if (one) one.whole.replaceWith(anew.whole);
            else inputs.append(anew.whole);
            one = anew;
            fields.set(given.name, one);
            if (!one.secret) one.write(given.value);
        } else if (given.version > one.version && given.by !== view) {
            typed.delete(given.name);
            one.write(one.secret ? "" : given.value);
        }
        one.version = given.version;
        one.whole.hidden = given.hidden;
        one.frozen = given.frozen;
        for (const each of one.whole.querySelectorAll(ENTRIES)) each.disabled = given.frozen;
        say(one.hint, given.hint);
        say(one.error, given.error);
        say(one.note, given.note);
        one.input.setAttribute("aria-invalid", String(Boolean(given.error)));
        replaced(one.offers, given.offers);
    }

    // ---------------------------------------------------------------- everything else
    /** Put other things in a place, and keep the focus on the button that had it. */
    function refill(place, ...inside) {
        const had = place.contains(document.activeElement) && document.activeElement.dataset.press;
        place.replaceChildren(...inside);
        if (had) place.querySelector(`[data-press="${had}"]`)?.focus();
    }

    /** Put buttons in a place; those that are the same stay, and can be pressed again. */
    function replaced(place, wanted, ...more) {
        const said = JSON.stringify(wanted);
        if (place.dataset.buttons !== said) {
            place.dataset.buttons = said;
            refill(place, ...wanted.map(button), ...more);
        } else wanted.forEach(({ frozen }, at) => place.children[at].enable(frozen));
        place.hidden = !place.childElementCount;
    }

    function showPanel(given) {
        panel.hidden = !given;
        root.classList.toggle("fr-with-panel", Boolean(given));
        if (!given) {
            panel.replaceChildren();
            panel.dataset.said = "";
            return;
        }
        const said = JSON.stringify([given.title, given.parts]);
        if (panel.dataset.said !== said) {
            panel.dataset.said = said;
            refill(panel, made("div", { class: "fr-panel-title", role: "heading", "aria-level": "4",
                id: id("panel") }, ...worded(given.title)), ...given.parts.map(part), beside);
        }
        panel.dataset.mark = given.mark;
        replaced(beside, given.actions);
    }

    /** Move the focus where it is wanted, once, in the view whose doing it was. */
    function showFocus([count, whose, on]) {
        if (count <= focused) return;
        focused = count;
        if (whose !== view) return;
        const wanted = on === "panel" ? panel : fields.get(on)?.whole.querySelector(ENTRIES);
        wanted?.focus({ preventScroll: true });
        wanted?.scrollIntoView({ block: "nearest", behavior: "instant" });
    }

    /** Show what the form is now. */
    function shown(said) {
        clearTimeout(late);
        late = 0;
        const first = state === null;
        state = said;
        if (first) focused = said.focus[0];
        say(lost, "");
        say(title, said.title);
        say(intro, said.intro);
        const there = new Set(said.fields.map(({ name }) => name));
        for (const [name, one] of fields) if (!there.has(name)) { one.whole.remove(); fields.delete(name); }
        said.fields.forEach(showField);
        replaced(actions, said.actions, show);
        if (!actions.contains(show)) actions.append(show);
        say(problem, said.problem);
        say(status, said.status);
        progress.hidden = !said.busy;
        if (said.progress == null) progress.removeAttribute("value");
        else progress.value = said.progress;
        code.textContent = said.python;
        const offered = new Set((said.panel?.actions ?? []).map(({ name, token }) => `${name} ${token}`));
        for (const key of since.keys()) if (!offered.has(key)) since.delete(key);
        showPanel(said.panel);
        // What the panel's heading says is read aloud, and not shown a second time.
        const heading = said.panel ? panel.querySelector(".fr-panel-title").textContent : "";
        status.classList.toggle("fr-heard", Boolean(heading) && status.textContent.startsWith(heading));
        showFocus(said.focus);
    }

    /** Say that there is nobody to talk to, and let nothing be filled in or pressed. */
    function alone(words) {
        say(lost, words);
        for (const { secret, input } of fields.values()) if (secret) input.value = "";
        for (const each of root.querySelectorAll(`${ENTRIES}, [data-press]`)) each.disabled = true;
    }

    const heard = ({ show: said }) => { if (said) shown(said); };
    /** Hear that the line to the kernel is cut: with the view as ``this``, which alone knows. */
    function lived() {
        if (state && this?.model?.comm_live === false) alone(LOST);
    }
    model.on("msg:custom", heard);
    model.on("comm_live_update", lived);
    const never = setTimeout(() => { if (!state) alone(ALONE); }, DEAD);
    if (el.classList.contains("jupyter-widgets-disconnected")) alone(ALONE);  // out of a file, without its kernel
    else model.send({ view, ask: true });

    return () => {
        clearTimeout(never);
        clearTimeout(soon);
        clearTimeout(late);
        window.removeEventListener("keydown", early, true);
        model.off("msg:custom", heard);
        model.off("comm_live_update", lived);
    };
}

export default { render };
