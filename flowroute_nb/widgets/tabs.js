// Draws the tabs of an app and shows the form of the one that is chosen: in the page alone, however busy the kernel is.

function render({ model, el }) {
    const view = Math.random().toString(36).slice(2, 10);
    const bar = Object.assign(document.createElement("div"), { className: "fr-tabs" });
    bar.setAttribute("role", "tablist");
    bar.setAttribute("aria-label", "Forms");
    el.append(bar);
    let chosen = null, app = null;

    function tab(title, at) {
        const about = { type: "button", id: `fr-${view}-${at}`, textContent: title };
        const one = Object.assign(document.createElement("button"), about);
        one.setAttribute("role", "tab");
        one.addEventListener("click", () => choose(title));
        return one;
    }

    /** Make as many tabs as there are forms; the one that was chosen stays so. */
    function fill() {
        const titles = model.get("titles"), had = bar.contains(document.activeElement);
        if (!titles.includes(chosen)) chosen = titles[0];
        bar.replaceChildren(...titles.map(tab));
        choose(chosen, had);
    }

    function choose(title, focus = true) {
        chosen = title;
        const panes = [...(app?.children ?? [])].slice(1);
        [...bar.children].forEach((one, at) => {
            const here = one.textContent === chosen;
            one.setAttribute("aria-selected", String(here));
            one.tabIndex = here ? 0 : -1;
            if (here && focus) one.focus();
            panes[at]?.classList.toggle("fr-here", here);
            panes[at]?.setAttribute("role", "tabpanel");
            panes[at]?.setAttribute("aria-labelledby", one.id);
        });
    }

    bar.addEventListener("keydown", event => {
        const titles = model.get("titles"), at = titles.indexOf(chosen), last = titles.length - 1;
        const to = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at > 0 ? at - 1 : last, Home: 0, End: last }[event.key];
        if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        choose(titles[to]);
    });
    // JupyterLab and Notebook have uses of their own for arrows; as in the forms.
    const early = event => bar.contains(event.target)
        && event.target.toggleAttribute("data-lm-suppress-shortcuts", !(event.ctrlKey || event.metaKey));
    window.addEventListener("keydown", early, true);

    // The forms come when they come: after the tabs, and more of them once there is an account.
    const come = new MutationObserver(() => choose(chosen, false));
    const seen = new ResizeObserver(() => {
        if (app || !(app = el.closest(".fr-app"))) return;
        come.observe(app, { childList: true });
        choose(chosen, false);
    });
    seen.observe(bar);
    model.on("change:titles", fill);
    fill();

    return () => {
        window.removeEventListener("keydown", early, true);
        model.off("change:titles", fill);
        come.disconnect();
        seen.disconnect();
    };
}

export default { render };
