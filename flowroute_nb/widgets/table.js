// Draws the rows that are in sight, and asks the kernel for them, a hundred at a time. What they say is only ever text.

const ROW = 26; // px, as in table.css
const HEAD = 31; // px, likewise
const BLOCK = 100; // rows asked for at once
const AROUND = 6; // rows drawn above and below what is in sight
const AHEAD = 50; // rows asked for above and below it
const TALLEST = 15e6; // px; a browser draws nothing that lies much further down
const LEAST = 30; // characters of a long text that are shown where there is little room
const MUCH = 60; // longer ones share what room is left
const MOST = 160; // and none takes more of it than one so long would
const LONG = 24; // characters that may not fit: the whole text is shown when the mouse rests on it
const WAIT = { ask: 30, choose: 120, find: 150, look: 250 }; // ms

const told = number => number.toLocaleString("en-US");
const rows = number => `${told(number)} row${number === 1 ? "" : "s"}`;
const same = (one, other) => one === other || (one && other && one.every((value, at) => value === other[at]));

// Whether a key is the table's: plain ones, and Ctrl+Home and Ctrl+End, which would scroll the page away under it.
const mine = ({ key, ctrlKey, metaKey, altKey }) =>
    !altKey && (!(ctrlKey || metaKey) || key === "Home" || key === "End");

function make(tag, className, attributes = {}, ...children) {
    const made = Object.assign(document.createElement(tag), { className });
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
}

class View {
    constructor(model, el) {
        this.model = model;
        this.key = Math.random().toString(36).slice(2); // what the kernel says reaches every view of a table
        this.generation = 0; // an answer to an earlier question is dropped
        this.version = null; // of the frame, whose columns are drawn
        this.columns = [];
        this.heads = ""; // what stands above them, as JSON
        this.all = 0; // rows in the frame
        this.total = 0; // rows of it in which what one looks for is found
        this.rows = 0; // rows in sight at once
        this.high = 0; // px of these and the header
        this.order = { sort: null, ascending: true, find: "" };
        this.blocks = new Map(); // rows by the hundred, of this generation
        this.before = new Map(); // of the one before, shown until this one's are there
        this.asked = new Set();
        this.drawn = new Map(); // place in the order: row on the page
        this.cursor = -1; // where the keyboard is, as a place in the order
        this.chosen = null; // the chosen row, as a place in the frame
        this.choosing = false; // the row at the cursor is wanted and hasn't come yet
        this.rewinds = false; // the next answer is shown from its first row
        this.top = 0;
        this.timers = {};
        this.build(el);
        this.listen();
        this.ask(0);
    }

    build(el) {
        const find = { type: "search", placeholder: "Find", spellcheck: "false", "aria-label": "Find in these rows" };
        this.find = make("input", "fr-find", find);
        this.range = make("span", "fr-range");
        this.status = make("span", "", { role: "status" }); // said aloud when it changes; the range would be at every move
        this.bar = make("div", "fr-bar", {}, this.find, make("div", "fr-count", {}, this.range, this.status));
        this.head = make("div", "fr-head", { role: "row", "aria-rowindex": "1" });
        this.body = make("div", "fr-body", { role: "rowgroup" });
        const heads = make("div", "fr-heads", { role: "rowgroup" }, this.head);
        this.grid = make("div", "fr-grid", { role: "grid", tabindex: "0" }, heads, this.body);
        this.say = make("div", "fr-say fr-late", {}, "The rows are in the kernel. Run the cell again to see them.");
        this.full = make("div", "fr-full"); // what had no room in the row one is at, whole
        this.bar.hidden = this.grid.hidden = this.full.hidden = true;
        el.classList.add("fr-table", "tex2jax_ignore", "mathjax_ignore"); // two dollar signs are no mathematics
        el.append(this.bar, this.grid, this.full, this.say);
    }

    listen() {
        this.heard = said => this.hear(said);
        this.model.on("msg:custom", this.heard);
        this.grid.addEventListener("scroll", () => this.scrolled(), { passive: true });
        this.grid.addEventListener("keydown", event => this.press(event));
        this.grid.addEventListener("copy", event => this.copy(event));
        this.body.addEventListener("click", event => this.click(event));
        this.find.addEventListener("input", () => {
            this.later("find", () => this.reorder({ find: this.find.value.trim() }));
        });
        this.find.addEventListener("keydown", event => {
            if (event.key === "ArrowDown" || event.key === "Enter") this.grid.focus();
        });
        // JupyterLab takes keys before the page does. Plain ones are the table's; those with Ctrl or Cmd stay JupyterLab's.
        this.ours = event => this.grid.toggleAttribute("data-lm-suppress-shortcuts", mine(event));
        this.grid.addEventListener("focusin", () => window.addEventListener("keydown", this.ours, true));
        this.grid.addEventListener("focusout", () => window.removeEventListener("keydown", this.ours, true));
        this.sizes = new ResizeObserver(() => {
            if (this.grid.scrollTop !== this.top) this.grid.scrollTop = this.top; // it was taken off the page and put back
            if (this.version === null) return;
            this.fit();
            this.count();
            this.draw();
        });
        this.sizes.observe(this.grid);
    }

    leave() {
        this.model.off("msg:custom", this.heard);
        window.removeEventListener("keydown", this.ours, true);
        this.sizes.disconnect();
        Object.values(this.timers).forEach(clearTimeout);
    }

    later(what, call) {
        clearTimeout(this.timers[what]);
        this.timers[what] = setTimeout(call, WAIT[what]);
    }

    soon(what, call) {
        this.timers[what] ??= setTimeout(() => {
            this.timers[what] = undefined;
            call();
        }, WAIT[what]);
    }

    // ------------------------------------------------------------------ asking and hearing

    ask(block) {
        if (this.asked.has(block)) return;
        this.asked.add(block);
        const { key: view, generation, version } = this;
        this.send({ ask: { view, generation, version, start: block * BLOCK, size: BLOCK, ...this.order } });
    }

    send(what) {
        try {
            this.model.send(what);
        } catch {
            this.say.className = "fr-say"; // the kernel was started anew, and knows nothing of this table
            this.grid.after(this.say);
        }
    }

    askAround() {
        const { first, last } = this.inSight();
        const end = Math.min(this.total, last + AHEAD);
        for (let block = Math.floor(Math.max(0, first - AHEAD) / BLOCK); block * BLOCK < end; block += 1) this.ask(block);
    }

    hear(said) {
        const mine = said.view === this.key;
        if (said.what === "rows" && mine && said.generation === this.generation) this.take(said);
        if (said.what === "chosen" && !mine) this.mark(said.row);
        if (said.what === "changed") this.soon("look", () => this.look());
    }

    take(said) {
        const first = this.blocks.size === 0;
        if (said.columns) this.title(said);
        this.version = said.version;
        this.total = said.total;
        this.all = said.all;
        this.blocks.set(said.start / BLOCK, said.rows);
        this.body.style.height = `${Math.min(this.total * ROW, TALLEST) || ROW}px`;
        this.grid.setAttribute("aria-rowcount", this.total + 1);
        this.grid.removeAttribute("aria-busy");
        if (this.rewinds) this.grid.scrollTop = this.top = 0;
        this.rewinds = false;
        if (first && !this.choosing) this.chosen = said.chosen;
        this.count();
        this.draw();
        if (this.choosing) this.choose();
    }

    // The frame is another one, or has grown: look again at what is in sight, and stay there.
    look() {
        if (this.blocks.size) this.before = this.blocks;
        this.begin();
        this.ask(Math.floor(this.inSight().first / BLOCK));
    }

    begin() {
        this.generation += 1;
        this.blocks = new Map();
        this.asked.clear();
    }

    reorder(wanted) {
        this.order = { ...this.order, ...wanted };
        this.before = new Map();
        this.begin();
        this.cursor = -1;
        this.rewinds = true;
        this.grid.setAttribute("aria-busy", "true");
        this.sorted();
        this.ask(0);
    }

    // ------------------------------------------------------------------ drawing

    title({ columns, high, label }) {
        const wide = chars => `calc(${chars}ch + 2 * var(--gap))`;
        const most = Math.max(...columns.map(({ chars }) => chars));
        const share = chars => (most > MUCH ? `${Math.min(chars, MOST)}fr` : wide(chars));
        const shared = chars => `minmax(${wide(Math.min(chars, LEAST))}, ${share(chars)})`;
        const tracks = columns.map(({ chars, long }) => (long ? shared(chars) : wide(chars)));
        const least = columns.reduce((sum, { chars, long }) => sum + (long ? Math.min(chars, LEAST) : chars), 0);
        const heads = JSON.stringify(columns.map(({ key, title, unit, kind }) => [key, title, unit, kind]));
        this.columns = columns;
        this.rows = high;
        this.grid.style.setProperty("--columns", tracks.join(" "));
        this.grid.style.setProperty("--least", `calc(${least}ch + ${2 * columns.length} * var(--gap))`);
        this.high = HEAD + high * ROW + 2;
        this.grid.setAttribute("aria-label", label);
        this.grid.setAttribute("aria-colcount", columns.length);
        this.bar.hidden = this.grid.hidden = false;
        this.say.remove();
        this.fit();
        if (heads === this.heads) return;
        this.heads = heads;
        this.head.replaceChildren(...columns.map(column => this.header(column)));
        if (!columns.some(({ key }) => key === this.order.sort)) this.order.sort = null;
        this.drawn.forEach(row => row.remove());
        this.drawn.clear();
        this.sorted();
    }

    // As high as the rows that are to be in sight, the scroll bar below them not counted.
    fit() {
        const bar = this.grid.offsetHeight - this.grid.clientHeight - 2;
        this.grid.style.maxHeight = `${this.high + Math.max(0, bar)}px`;
    }

    header({ key, title, unit, kind }) {
        const button = make("button", "", { type: "button", title: `Sort by ${title}` }, title);
        if (unit) button.append(" ", make("span", "fr-unit", {}, unit));
        button.addEventListener("click", () => {
            const { sort, ascending } = this.order;
            if (sort !== key) this.reorder({ sort: key, ascending: true });
            else this.reorder(ascending ? { ascending: false } : { sort: null, ascending: true });
        });
        return make("div", `fr-${kind}`, { role: "columnheader" }, button);
    }

    sorted() {
        this.columns.forEach(({ key }, at) => {
            const way = key !== this.order.sort ? "none" : this.order.ascending ? "ascending" : "descending";
            this.head.children[at].setAttribute("aria-sort", way);
        });
    }

    // Where one is. Beyond what a browser can scroll through, the scroll bar stands for more rows than it has pixels.
    inSight() {
        const high = Math.max(0, this.grid.clientHeight - HEAD);
        const full = this.total * ROW;
        const scale = full > TALLEST ? (full - high) / (TALLEST - high) : 1;
        const offset = this.top * scale;
        const first = Math.min(Math.floor(offset / ROW), Math.max(0, this.total - 1));
        return { high, scale, offset, first, last: Math.min(this.total, Math.ceil((offset + high) / ROW)) };
    }

    scrolled() {
        if (!this.grid.clientHeight) return;
        this.top = this.grid.scrollTop;
        this.drawing ??= requestAnimationFrame(() => {
            this.drawing = undefined;
            this.count();
            this.draw();
        });
    }

    count() {
        const { offset, high } = this.inSight();
        const first = Math.ceil(offset / ROW - 0.5); // half of a row is enough to read it
        const last = Math.min(this.total, Math.floor((offset + high) / ROW + 0.5));
        const found = `${told(this.total)} found in ${told(this.all)}`;
        const all = this.order.find ? found : this.total > this.rows ? told(this.total) : rows(this.total);
        const range = this.total > this.rows;
        const whole = range ? `of ${all}` : all;
        this.range.textContent = range ? `${told(first + 1)}–${told(last)} ` : "";
        this.find.hidden = this.all <= this.rows && !this.order.find; // all is in sight
        if (this.status.textContent !== whole) this.status.textContent = whole;
    }

    at(place) {
        const [block, row] = [Math.floor(place / BLOCK), place % BLOCK];
        return this.blocks.get(block)?.[row] ?? this.before.get(block)?.[row] ?? null;
    }

    draw() {
        if (!this.blocks.size && !this.before.size) return; // what is there stays until there is something else
        const { first, last, offset } = this.inSight();
        const [from, to] = [Math.max(0, first - AROUND), Math.min(this.total, last + AROUND)];
        for (const [place, row] of this.drawn) {
            if (place >= from && place < to && same(row.said, this.at(place))) continue;
            row.remove();
            this.drawn.delete(place);
        }
        let after = null;
        for (let place = to - 1; place >= from; place -= 1) {
            const row = this.drawn.get(place) ?? this.row(place);
            row.style.top = `${this.top - offset + place * ROW}px`;
            if (!row.parentNode || row.nextSibling !== after) this.body.insertBefore(row, after); // as they are read
            after = row;
        }
        if (!this.total) this.nothing();
        this.mark(this.chosen);
        this.soon("ask", () => this.askAround());
    }

    row(place) {
        const said = this.at(place);
        const row = make("div", "fr-row", { role: "row", id: `fr-${this.key}-${place}`, "aria-rowindex": place + 2 });
        row.append(...this.columns.map((column, at) => this.cell(column, at, said)));
        this.drawn.set(place, Object.assign(row, { said, place }));
        return row;
    }

    cell({ kind }, at, said) {
        const text = said ? said[at + 1] : "";
        const cell = make("div", `fr-cell fr-${kind}`, { role: at ? "gridcell" : "rowheader" });
        cell.textContent = text ?? "–";
        if (text === null) cell.classList.add("fr-missing");
        else if (text.length > LONG) cell.title = text;
        if (kind === "state" && text) cell.dataset.state = text;
        return cell;
    }

    nothing() {
        const words = this.order.find ? `Nothing found for “${this.order.find}”` : "No rows";
        const cell = make("div", "fr-nothing", { role: "gridcell" }, words);
        const row = make("div", "fr-row", { role: "row" }, cell);
        this.drawn.set(-1, Object.assign(row, { said: words }));
        this.body.append(row);
    }

    // ------------------------------------------------------------------ choosing

    mark(chosen) {
        this.chosen = chosen;
        this.grid.removeAttribute("aria-activedescendant");
        for (const [place, row] of this.drawn) {
            row.setAttribute("aria-selected", String(row.said?.[0] === chosen && chosen !== null));
            row.classList.toggle("fr-here", place === this.cursor);
            if (place === this.cursor && place >= 0) this.grid.setAttribute("aria-activedescendant", row.id);
        }
        this.unfold();
    }

    // A mouse that rests on a text sees all of it; a keyboard and a finger see it below, and once there the place stays.
    unfold() {
        const row = this.chosen === null ? null : [...this.drawn.values()].find(({ said }) => said?.[0] === this.chosen);
        if (row === this.unfolded) return;
        this.unfolded = row;
        const cells = [...(row?.children ?? [])];
        const cut = cells.filter(cell => cell.scrollWidth > cell.clientWidth);
        if (cut.length) this.full.hidden = false;
        const titles = cut.map(cell => make("span", "fr-unit", {}, `${this.columns[cells.indexOf(cell)].title} `));
        this.full.replaceChildren(...cut.map((cell, at) => make("div", "", {}, titles[at], cell.textContent)));
    }

    // Choose the row at the cursor; one that hasn't come yet is chosen when it has.
    choose() {
        const said = this.at(this.cursor);
        this.choosing = said === null;
        if (said !== null) this.mark(said[0]);
        clearTimeout(this.timers.choose);
        if (said !== null) this.send({ choose: { view: this.key, version: this.version, row: said[0] } });
    }

    click(event) {
        const place = event.target.closest(".fr-row")?.place;
        if (place === undefined) return;
        this.cursor = place;
        this.choose();
    }

    press(event) {
        if (event.target !== this.grid || !mine(event) || !this.total) return;
        const { first, offset, high, scale } = this.inSight();
        const [page, here] = [Math.max(1, Math.floor(high / ROW) - 1), this.cursor];
        const stay = here < 0 ? first : here;
        const steps = {
            ArrowDown: here < 0 ? first : here + 1,
            ArrowUp: here - 1,
            PageDown: Math.max(here, first) + page,
            PageUp: here - page,
            Home: 0,
            End: this.total - 1,
            Enter: stay,
            " ": stay,
        };
        if (!(event.key in steps)) return;
        event.preventDefault();
        this.cursor = Math.max(0, Math.min(steps[event.key], this.total - 1));
        const top = this.cursor * ROW;
        const wanted = top < offset ? top : Math.max(offset, top + ROW - high);
        if (wanted !== offset) this.grid.scrollTop = this.top = wanted / scale;
        this.draw();
        this.mark(this.at(this.cursor)?.[0] ?? null);
        if (event.key === "Enter" || event.key === " ") this.choose();
        else this.later("choose", () => this.choose()); // the row where one stops, not each that is passed
    }

    copy(event) {
        const said = this.at(this.cursor);
        if (!said || !getSelection().isCollapsed) return;
        event.clipboardData.setData("text/plain", said.slice(1).map(text => text ?? "").join("\t"));
        event.preventDefault();
    }
}

export default {
    render({ model, el }) {
        const view = new View(model, el);
        return () => view.leave();
    },
};
