// Draws the table of sources of a report: sorts, filters, searches, turns pages. Every value reaches the page as text,
// never as markup: sources, names and reasons come from the traffic itself.
(async () => {
  const packed = byId("packed");
  if (!packed) return;
  const { count, pageRows, read } = await readColumns(packed.textContent);
  const detections = read.fields.reasons.fields.detection ?? (() => []);
  const PRINTED = 2_000;
  const numbers = new Intl.NumberFormat("en", { maximumFractionDigits: 3 });
  const table = byId("sources");
  const everyRow = Array.from({ length: count }, (_, row) => row);
  const view = { key: "", down: false, page: 0, rows: everyRow };
  let searched;
  start();

  function start() {
    offer("state", new Set(everyRow.map(read.fields.state)));
    offer("detection", new Set(everyRow.flatMap(detections)));
    for (const head of table.querySelectorAll("th[data-key]")) if (head.dataset.key) makeSortable(head);
    for (const id of ["search", "state", "detection"]) byId(id).addEventListener("input", filter);
    byId("controls").addEventListener("submit", (event) => event.preventDefault());
    byId("previous").addEventListener("click", () => turn(-1));
    byId("next").addEventListener("click", () => turn(1));
    window.addEventListener("beforeprint", () => draw(view.rows.slice(0, PRINTED)));
    window.addEventListener("afterprint", drawPage);
    byId("controls").hidden = false;
    drawPage();
    document.documentElement.dataset.ready = "true";
  }

  function offer(id, values) {
    for (const value of [...values].sort()) byId(id).append(element("option", { value, textContent: value }));
  }

  function makeSortable(head) {
    const button = element("button", { type: "button", textContent: head.textContent });
    button.addEventListener("click", () => sortBy(head.dataset.key));
    head.replaceChildren(button);
    head.setAttribute("aria-sort", "none");
  }

  /** Numbers begin with the largest, names with the first; a second time turns the order. */
  function sortBy(key) {
    const names = key === "source" || key === "state";
    view.down = view.key === key ? !view.down : !names;
    view.key = key;
    for (const head of table.querySelectorAll("th[aria-sort]")) {
      const order = view.down ? "descending" : "ascending";
      head.setAttribute("aria-sort", head.dataset.key === key ? order : "none");
    }
    filter();
  }

  function order(rows) {
    if (view.key === "") return rows;
    const keys = new Map(rows.map((row) => [row, sortKey(read.fields[view.key](row))]));
    const sign = view.down ? -1 : 1;
    return rows.sort((a, b) => {
      const [left, right] = [keys.get(a), keys.get(b)];
      if (left === right) return a - b;
      return left < right ? -sign : sign;
    });
  }

  /** So that 203.0.113.9 comes before 203.0.113.10. */
  function sortKey(value) {
    return typeof value === "string" ? value.replace(/\d+/g, (digits) => digits.padStart(10, "0")) : value;
  }

  function filter() {
    const wanted = byId("search").value.trim().toLowerCase();
    const [state, detection] = [byId("state").value, byId("detection").value];
    if (wanted !== "") searched ??= everyRow.map(searchText);
    const rows = everyRow.filter(
      (row) =>
        (wanted === "" || searched[row].includes(wanted)) &&
        (state === "" || read.fields.state(row) === state) &&
        (detection === "" || detections(row).includes(detection)),
    );
    view.rows = order(rows);
    view.page = 0;
    drawPage();
  }

  /** What a search looks through. */
  function searchText(row) {
    return `${read.fields.source(row)} ${read.fields.state(row)} ${detections(row).join(" ")}`.toLowerCase();
  }

  function turn(by) {
    view.page += by;
    drawPage();
    table.querySelector("tbody").firstElementChild?.scrollIntoView({ block: "nearest" });
  }

  function drawPage() {
    const from = view.page * pageRows;
    const pages = Math.max(1, Math.ceil(view.rows.length / pageRows));
    draw(view.rows.slice(from, from + pageRows), from);
    byId("pages").hidden = pages === 1;
    byId("page").textContent = `${numbers.format(view.page + 1)} of ${numbers.format(pages)}`;
    byId("previous").disabled = view.page === 0;
    byId("next").disabled = view.page === pages - 1;
  }

  function draw(rows, from = 0) {
    table.querySelector("tbody").replaceChildren(...rows.map((row) => sourceRow(read(row))));
    const found = view.rows.length;
    const of =
      found === count
        ? `${numbers.format(count)} sources`
        : `${numbers.format(found)} found, of ${numbers.format(count)}`;
    const text =
      found === 0
        ? `None of ${numbers.format(count)} sources matches.`
        : `${numbers.format(from + 1)} to ${numbers.format(from + rows.length)} of ${of}.`;
    if (byId("shown").textContent !== text) byId("shown").textContent = text;
  }

  function sourceRow(row) {
    const cells = [
      cell("Status", "", standing(row)),
      cell("Score", "number", [`${row.score}`]),
      cell("Calls", "number", [numbers.format(row.calls), ...row.series.map(sparkline)]),
      cell("Failed", "number", [numbers.format(row.failures)]),
      cell("Succeeded", "number", [numbers.format(row.successes)]),
      cell("Users", "number", [numbers.format(row.users)]),
      cell("Would be hit", "number behind", [row.behind < 0 ? "–" : numbers.format(row.behind)]),
      cell("Seen", "seen", [element("time", {}, [spanText(row.first, row.last)])]),
      cell("Why", "why", [reasonList(row), evidence(row)]),
    ];
    const head = element("th", { scope: "row", role: "rowheader" }, [
      element("span", { className: "mono" }, [row.source]),
      " ",
      element("span", { className: "soft small" }, [row.came]),
    ]);
    return element("tr", { role: "row" }, [head, ...cells]);
  }

  function cell(title, className, content) {
    const made = element("td", { role: "cell", className }, [element("div", {}, content)]);
    made.dataset.title = title;
    return made;
  }

  function standing({ state, tone, until, note }) {
    const end = element("span", { className: "until" }, ["until ", element("time", {}, [minuteText(until)])]);
    return [
      element("span", { className: `pill ${tone}` }, [state]),
      ...(until === "" ? [] : [" ", end]),
      ...(note === "" ? [] : [" ", element("span", { className: "note soft small" }, [note])]),
    ];
  }

  function reasonList({ reasons }) {
    const items = reasons.map(({ detection, text }) =>
      element("li", {}, [element("strong", {}, [detection]), `: ${text}.`]),
    );
    return element("ul", { className: "reasons" }, items);
  }

  function evidence({ source, facts, reasons, activity }) {
    const name = element("summary", {}, ["Evidence", element("span", { className: "hidden-text" }, [` on ${source}`])]);
    const pairs = facts.map(({ name, value }) =>
      element("div", {}, [element("dt", {}, [name]), element("dd", {}, [value])]),
    );
    const list = facts.length > 0 ? [element("dl", {}, pairs)] : [];
    return element("details", {}, [name, ...list, ...reasons.map(trace), ...activity.map(activityTable)]);
  }

  function trace({ detection, severity, window, query, link, observed }) {
    const seen = observed.map(({ name, value }) => `${name} ${numbers.format(value)}`).join(", ");
    return element("p", { className: "trace" }, [
      element("strong", {}, [detection]),
      " ",
      ...severity.map((percent) => `${percent} % severe: ${seen}. `),
      element("a", { href: link }, [query]),
      `, ${window}.`,
    ]);
  }

  function activityTable({ window, operations }) {
    const heads = ["Calls", "All", "Failed", "Succeeded", "Accepted", "Refused"];
    const rows = operations.map(({ operation, calls, failures, successes, accepted, refused }) => {
      const counts = [calls, failures, successes, accepted, refused];
      const name = element("th", { scope: "row" }, [operation]);
      return element("tr", {}, [name, ...counts.map((number) => element("td", {}, [numbers.format(number)]))]);
    });
    return element("table", { className: "rows" }, [
      element("caption", {}, [window]),
      element("thead", {}, [
        element(
          "tr",
          {},
          heads.map((title) => element("th", { scope: "col" }, [title])),
        ),
      ]),
      element("tbody", {}, rows),
    ]);
  }

  function sparkline({ stepMinutes, calls, failures, refused }) {
    const most = calls.reduce((busiest, number) => Math.max(busiest, number), 1);
    const both = failures.map((number, step) => number + (refused[step] ?? 0));
    const svg = shape("svg", {
      class: "spark",
      role: "img",
      "aria-label": `at most ${counted(most, "call")} in ${counted(stepMinutes, "minute")}`,
      viewBox: `0 0 ${calls.length * 3} 20`,
      preserveAspectRatio: "none",
    });
    const layers = { open: calls, refused: both, failed: failures };
    for (const [name, heights] of Object.entries(layers))
      svg.append(shape("path", { class: name, d: bars(heights, most) }));
    return svg;
  }

  function bars(heights, most) {
    return heights
      .map((number, step) => {
        const height = number === 0 ? 0 : Math.max(1, Math.round((20 * number) / most));
        return height === 0 ? "" : `M${step * 3} 20v-${height}h2v${height}z`;
      })
      .join("");
  }

  function counted(number, one) {
    return `${number} ${number === 1 ? one : `${one}s`}`;
  }

  function minuteText(minute) {
    return typeof minute === "number" ? new Date(minute * 60_000).toISOString().slice(0, 16).replace("T", " ") : minute;
  }

  function spanText(from, to) {
    const [first, second] = [minuteText(from), minuteText(to)];
    const sameDay = typeof from === "number" && typeof to === "number" && first.slice(0, 10) === second.slice(0, 10);
    return `${first} to ${sameDay ? second.slice(11) : second}`;
  }

  function element(name, properties, children = []) {
    const made = Object.assign(document.createElement(name), properties);
    if (properties.role) made.setAttribute("role", properties.role);
    made.append(...children);
    return made;
  }

  function shape(name, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }

  function byId(id) {
    return document.getElementById(id);
  }
})();
