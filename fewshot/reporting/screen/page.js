"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const make = (name, values = {}) => Object.assign(document.createElement(name), values);
  document.documentElement.classList.add("scripted");

  // Sorting: by the first number of a cell, else by its text; cells without a figure are last.
  const number = (text) => {
    const found = text.replaceAll("−", "-").replaceAll(",", "").match(/^\D{0,2}?(-?\d+(\.\d+)?(e[-+]?\d+)?)/);
    return found ? Number(found[1]) : NaN;
  };
  const sort = (table, column, down) => {
    const body = table.tBodies[0];
    const rows = [...body.rows].filter((row) => !row.classList.contains("opened"));
    const texts = new Map(rows.map((row) => [row, row.cells[column].textContent.trim()]));
    const there = rows.filter((row) => texts.get(row) !== "–" && texts.get(row) !== "");
    const numeric = there.filter((row) => !Number.isNaN(number(texts.get(row)))).length * 2 > there.length;
    const key = (row) => {
      const text = texts.get(row);
      return text === "–" || text === "" || (numeric && Number.isNaN(number(text))) ? null : numeric ? number(text) : text;
    };
    const order = (one, other) => (numeric ? one - other : one.localeCompare(other, "en", { numeric: true }));
    rows.sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      return a === null || b === null ? (a === null) - (b === null) : down ? order(b, a) : order(a, b);
    });
    for (const row of rows) {
      const below = row.nextElementSibling;
      body.append(row);
      if (below?.classList.contains("opened") && below.dataset.of === row.dataset.key) body.append(below);
    }
    return numeric;
  };
  for (const table of all("#results table")) {
    all("thead th", table).forEach((head, column) => {
      const button = make("button", { type: "button", textContent: head.textContent });
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const before = head.getAttribute("aria-sort");
        const figures = [...table.tBodies[0].rows].some((row) => /[±%(]/.test(row.cells[column]?.textContent ?? ""));
        const falls = /error|loss|FNMR|FNIR|FMR|Cllr|\brank \(|rate|group|reference|^sd /i.test(head.textContent);
        const down = before ? before === "ascending" : figures && !falls; // the best first
        all("thead th", table).forEach((one) => one.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        sort(table, column, down);
      });
    });
  }

  // Filtering: rows that hold every word.
  const filter = document.getElementById("filter");
  filter?.addEventListener("input", () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0, count = 0;
    for (const row of all("#results tbody tr")) {
      if (row.closest("tr.opened")) continue;
      const holds = words.every((word) => row.textContent.toLowerCase().includes(word));
      row.hidden = !holds;
      if (row.nextElementSibling?.classList.contains("opened")) row.nextElementSibling.hidden = !holds;
      count += 1;
      shown += holds;
    }
    document.getElementById("found").textContent = words.length ? `${shown} of ${count} rows` : "";
  });

  // The lines of methods among the others'.
  const chosen = new Set();
  const choose = (key, on) => {
    chosen[on ? "add" : "delete"](key);
    for (const chart of all(".chart")) {
      const lines = all(".line", chart);
      chart.classList.toggle("chosen-lines", lines.some((line) => chosen.has(line.dataset.key)));
      for (const line of lines) line.classList.toggle("chosen", chosen.has(line.dataset.key));
      for (const line of lines) if (chosen.has(line.dataset.key)) line.parentNode.append(line);
    }
    for (const button of all(".keys button")) button.setAttribute("aria-pressed", chosen.has(button.dataset.key));
    for (const row of all("tr[data-key]")) row.classList.toggle("chosen", chosen.has(row.dataset.key));
  };
  for (const button of all(".keys button")) {
    button.addEventListener("click", () => choose(button.dataset.key, !chosen.has(button.dataset.key)));
  }

  // A method below its row: its part moves there from the list at the end, and back.
  const part = (key) => document.querySelector(`details.method[data-key="${key}"]`);
  const opened = (row) => (row.nextElementSibling?.classList.contains("opened") ? row.nextElementSibling : null);
  const toggle = (row, on = !opened(row)) => {
    const key = row.dataset.key, link = row.querySelector("a"), details = part(key);
    if (on === Boolean(opened(row)) || !details) return;
    link.setAttribute("aria-expanded", on);
    choose(key, on);
    if (on) {
      const cell = make("td", { colSpan: row.cells.length }), below = make("tr", { className: "opened" });
      below.dataset.of = key;
      const mark = make("span", { className: "place", hidden: true });
      mark.dataset.of = key;
      details.replaceWith(mark);
      cell.append(details);
      below.append(cell);
      row.after(below);
      details.open = true;
    } else {
      details.open = false;
      document.querySelector(`.place[data-of="${key}"]`).replaceWith(details);
      opened(row).remove();
    }
  };
  for (const row of all("tr[data-key]")) {
    const link = row.querySelector("a");
    link.setAttribute("aria-expanded", false);
    row.addEventListener("click", (event) => {
      if (event.target.closest("a")) event.preventDefault();
      if (!String(getSelection())) toggle(row);
    });
    link.addEventListener("keydown", (event) => {
      if (event.key === " ") { event.preventDefault(); toggle(row); }
      if (event.key === "Escape") toggle(row, false);
    });
  }
  document.addEventListener("toggle", (event) => {
    const details = event.target, row = details.closest("tr.opened")?.previousElementSibling;
    if (row && details.matches(".method") && !details.open) toggle(row, false);
    else if (details.matches("#methods > details")) choose(details.dataset.key, details.open);
  }, true);
  document.addEventListener("keydown", (event) => {
    const below = event.key === "Escape" && event.target.closest?.("tr.opened");
    if (!below) return;
    const row = below.previousElementSibling;
    toggle(row, false);
    row.querySelector("a").focus();
  });

  // The picture of a point in the plane, and the name of a line.
  const tip = make("div", { id: "tip", hidden: true });
  tip.setAttribute("role", "status");
  document.body.append(tip);
  let here = null;
  const hide = () => { tip.hidden = true; here?.classList.remove("here"); here = null; };
  const show = (target, x, y) => {
    hide();
    const point = target.closest(".plane circle"), line = target.closest(".line");
    if (!point && !line) return;
    tip.replaceChildren();
    if (point) {
      here = point;
      point.classList.add("here");
      tip.append(make("i", { className: `p ${point.dataset.picture}` }), point.parentNode.dataset.name);
    } else tip.append(line.querySelector("title").textContent);
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 4))}px`;
    tip.style.top = `${Math.max(4, y + 14 + box.height > innerHeight ? y - box.height - 10 : y + 14)}px`;
  };
  document.addEventListener("pointermove", (event) => {
    if (event.target.closest?.("svg")) show(event.target, event.clientX, event.clientY);
    else if (!tip.hidden) hide();
  });
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest?.("svg")) show(event.target, event.clientX, event.clientY);
  });
  document.addEventListener("scroll", hide, { passive: true, capture: true });
  for (const svg of all(".plane svg")) {
    const points = all("circle", svg);
    svg.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (event.key === "Escape" && !tip.hidden) { hide(); event.stopPropagation(); }
      if (!step) return;
      event.preventDefault();
      const next = points[(points.indexOf(here) + step + points.length) % points.length];
      const box = next.getBoundingClientRect();
      show(next, box.right, box.bottom);
    });
    svg.addEventListener("blur", hide);
  }

  // A link to a method opens it.
  const follow = () => {
    const key = location.hash.slice(3), row = document.querySelector(`tr[data-key="${CSS.escape(key)}"]`);
    if (row) { toggle(row, true); row.scrollIntoView(); }
  };
  addEventListener("hashchange", follow);
  follow();
})();
