// Draws the live page from the stream. Every value reaches the page as text, never as markup: sources, names and
// reasons come from the traffic itself.
(() => {
  const settings = JSON.parse(byId("settings").textContent);
  const drawn = new Map();

  const stream = new EventSource("events");
  stream.addEventListener("state", (event) => draw(JSON.parse(event.data)));
  stream.addEventListener("error", () => {
    byId("speed").textContent = "not connected";
    byId("speed").className = "pill bad";
  });

  function draw(state) {
    drawTop(state);
    ifChanged("gauges", state.gauges, drawGauges);
    ifChanged("chart", [state.traffic, state.marks, state.totals], () => drawTraffic(state));
    ifChanged("steps", state.steps, drawSteps);
    ifChanged("run", state.run, drawRun);
    ifChanged("offenders", state.offenders, drawOffenders);
    ifChanged("deny", state.denyList, drawDenyList);
    ifChanged("approval", state.approval, drawApproval);
  }

  function drawTop(state) {
    byId("clock").textContent = `${state.now.slice(11, 19)} UTC`;
    byId("speed").textContent = state.speed < 1.5 ? "wall speed" : `${Math.round(state.speed)} × faster`;
    byId("speed").className = "pill";
    byId("mode").textContent = `mode ${state.mode}`;
    byId("headline").className = `card headline ${state.tone}`;
    // A status region is read out at each change, so it changes only when there is something new to say.
    ifChanged("headline", state.headline, (text) => {
      byId("headline-text").textContent = text;
    });
  }

  function drawGauges(gauges) {
    byId("gauges").replaceChildren(...gauges.map(gauge));
  }

  function gauge({ category, percent, inAlarm }) {
    const level = element("div", { className: percent >= Math.min(...settings.thresholds) ? "level over" : "level" });
    level.style.width = `${Math.min(100, percent)}%`;
    const ticks = settings.thresholds.map((threshold) => at(element("div", { className: "tick" }), threshold));
    const scale = settings.thresholds.map((threshold) => {
      const firing = inAlarm.includes(threshold);
      return at(
        element("span", {
          className: firing ? "firing" : "",
          textContent: `${threshold}`,
        }),
        threshold,
      );
    });
    const track = element(
      "div",
      { className: "track", role: "meter", ariaLabel: `${category}, per cent of its quota` },
      [level, ...ticks],
    );
    track.setAttribute("aria-valuemin", "0");
    track.setAttribute("aria-valuemax", "100");
    track.setAttribute("aria-valuenow", String(Math.round(percent)));
    return element("div", { className: "gauge" }, [
      element("div", { className: "row" }, [
        element("span", { textContent: category }),
        element("span", {
          className: inAlarm.length > 0 ? "value firing" : "value",
          textContent: inAlarm.length > 0 ? `${Math.round(percent)} %, alarm` : `${Math.round(percent)} %`,
        }),
      ]),
      track,
      element("div", { className: "scale" }, scale),
    ]);
  }

  function at(node, percent) {
    node.style.left = `${percent}%`;
    return node;
  }

  const series = [
    ["benign", "people"],
    ["attack", "attack, answered"],
    ["refused", "refused with 403"],
  ];
  const chart = { width: 720, height: 330, left: 30, top: 18, bottom: 22, slotSeconds: 10 };

  function drawTraffic(state) {
    const { totals } = state;
    byId("legend").replaceChildren(
      ...series.map(([key, text]) => element("span", {}, [element("i", { className: `fill-${key}` }), text])),
      element("span", {
        className: "soft",
        textContent: `${totals.benignCalls} calls by people, ${totals.benignBlocked} of them blocked; ${totals.attackRefused} of ${totals.attackCalls} attack calls refused`,
      }),
    );
    // Drawn in real pixels, so that the labels keep their size on a phone.
    chart.width = Math.max(280, byId("chart").clientWidth);
    byId("chart").replaceChildren(trafficChart(state));
  }

  function trafficChart({ traffic, marks, totals }) {
    const shown = Math.max(60, traffic.length);
    const peak = niceCeiling(
      Math.max(1, ...traffic.map((slot) => slot.benign + slot.attack + slot.refused)) / chart.slotSeconds,
    );
    const slotWidth = (chart.width - chart.left) / shown;
    const plot = chart.height - chart.top - chart.bottom;
    const y = (perSecond) => chart.top + plot * (1 - perSecond / peak);
    const from = Date.parse(traffic[0]?.at ?? 0);
    const x = (instant) => chart.left + ((instant - from) / 1000 / chart.slotSeconds) * slotWidth;
    const root = svg("svg", { viewBox: `0 0 ${chart.width} ${chart.height}`, role: "img" });
    root.setAttribute(
      "aria-label",
      `Calls per second over time: ${totals.benignCalls} by people, ${totals.attackCalls} by the attack, ${totals.attackRefused} of these refused`,
    );
    for (const value of [0, peak / 2, peak]) {
      root.append(svg("line", { class: "gridline", x1: chart.left, x2: chart.width, y1: y(value), y2: y(value) }));
      root.append(svg("text", { x: chart.left - 6, y: y(value) + 4, "text-anchor": "end" }, String(value)));
    }
    root.append(...stackedBars(traffic, slotWidth, y));
    const labelStep = chart.width < 500 ? 600_000 : 300_000;
    for (const slot of traffic) {
      const instant = Date.parse(slot.at);
      if (instant % labelStep === 0)
        root.append(svg("text", { x: x(instant), y: chart.height - 6 }, slot.at.slice(11, 16)));
    }
    root.append(...eventMarks(marks.map((mark) => ({ x: x(Date.parse(mark.at)), text: mark.text }))));
    return root;
  }

  function stackedBars(traffic, slotWidth, y) {
    const heights = traffic.map(() => 0);
    return series.map(([key]) => {
      const bars = traffic.map((slot, index) => {
        const bottom = heights[index];
        heights[index] += slot[key] / chart.slotSeconds;
        const left = chart.left + index * slotWidth;
        return slot[key] === 0
          ? ""
          : `M${left.toFixed(1)} ${y(bottom).toFixed(1)}V${y(heights[index]).toFixed(1)}h${(slotWidth * 0.85).toFixed(1)}V${y(bottom).toFixed(1)}z`;
      });
      return svg("path", { class: `fill-${key}`, d: bars.join("") });
    });
  }

  /** A label that would run into the one before it stands a line lower. */
  function eventMarks(marks) {
    let line = 0;
    return marks.flatMap(({ x, text }, index) => {
      const before = marks[index - 1];
      line = before && x - before.x < 8 * before.text.length ? 1 - line : 0;
      return eventMark(x, text, line);
    });
  }

  function eventMark(x, text, line) {
    const right = x > chart.width - 90;
    return [
      svg("line", { class: "event", x1: x, x2: x, y1: 4, y2: chart.height - chart.bottom }),
      svg(
        "text",
        { class: "event-text", x: right ? x - 4 : x + 4, y: 12 + 13 * line, "text-anchor": right ? "end" : "start" },
        text,
      ),
    ];
  }

  function niceCeiling(value) {
    return [1, 2, 4, 6, 8, 10, 20, 40, 60, 100].find((step) => step >= value) ?? Math.ceil(value / 100) * 100;
  }

  function drawSteps(steps) {
    byId("steps").replaceChildren(
      ...steps.map(({ text, detail, at: instant }) =>
        element("li", { className: instant ? "seen" : "" }, [
          element("span", {}, [
            text,
            ...(detail ? [element("span", { className: "detail", textContent: detail })] : []),
          ]),
          element("time", { textContent: instant ? instant.slice(11, 19) : "" }),
        ]),
      ),
    );
  }

  function drawRun(run) {
    byId("run-title").textContent = run
      ? `Run ${run.id}, round ${run.round}: ${run.status.toLowerCase()}`
      : "No run yet. An alarm starts one.";
    byId("machine").replaceChildren(
      ...settings.machine.map(({ name, kind }) => {
        const current = run?.current.includes(name) ?? false;
        const state = current ? "current" : run?.visited.includes(name) ? "visited" : "";
        const item = element("li", {
          className: `${kind} ${state}`,
          textContent: name.replace(/(?<=[a-z])(?=[A-Z])/g, " "),
        });
        if (current) item.setAttribute("aria-current", "step");
        return item;
      }),
    );
  }

  function drawOffenders(offenders) {
    fillTable("offenders", offenders, ({ source, paths, score, reasons }) => [
      element("td", { className: "mono", textContent: source }),
      element("td", { textContent: paths.join(", ") }),
      element("td", { className: "number", textContent: String(score) }),
      element("td", {}, [
        element(
          "ul",
          {},
          reasons.map((reason) => element("li", { textContent: reason })),
        ),
      ]),
    ]);
  }

  function drawDenyList(entries) {
    fillTable("deny", entries, ({ source, targets, simulated, secondsLeft, totalSeconds }) => {
      const level = element("div", { className: "level" });
      level.style.width = `${Math.max(0, Math.min(100, (100 * secondsLeft) / totalSeconds))}%`;
      return [
        element("td", { className: "mono", textContent: source }),
        element("td", { textContent: simulated ? `${targets.join(", ")} (simulated)` : targets.join(", ") }),
        element("td", { className: "left" }, [timeLeft(secondsLeft), element("div", { className: "track" }, [level])]),
      ];
    });
  }

  function timeLeft(seconds) {
    if (seconds <= 0) return "over, waits for the sweep";
    return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
  }

  function fillTable(id, rows, cells) {
    byId(`${id}-none`).hidden = rows.length > 0;
    const table = byId(`${id}-table`);
    table.hidden = rows.length === 0;
    table.tBodies[0].replaceChildren(...rows.map((row) => element("tr", {}, cells(row))));
  }

  function drawApproval(approval) {
    const place = byId("approval");
    place.hidden = approval === null;
    // Only addresses of the loopback server become links; `javascript:` and the like never do.
    if (!approval || !/^https?:\/\/(127\.0\.0\.1|localhost)[:/]/.test(approval.url)) return place.replaceChildren();
    const link = element("a", { className: "button", textContent: `Review ${approval.sources} bans` });
    link.href = approval.url;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    place.replaceChildren(
      link,
      element("span", {
        className: "soft",
        textContent: "A person decides in this mode: nothing is blocked before that.",
      }),
    );
  }

  function ifChanged(key, value, then) {
    const text = JSON.stringify(value);
    if (drawn.get(key) === text) return;
    drawn.set(key, text);
    then(value);
  }

  function element(tag, properties = {}, children = []) {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  }

  function svg(tag, attributes, text = "") {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
    node.textContent = text;
    return node;
  }

  function byId(id) {
    return document.getElementById(id);
  }
})();
