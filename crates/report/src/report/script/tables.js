// Tables that sort; and the table of all cases, which is filtered and shows one metric of several.
// What stands in a cell as a number: its own value, or what it says with its unit; a shape such as 2×4 is its product.
const UNITS = new Map([...Object.values(STEPS).flat().map(([size, name]) => [name, size]), ["%", 0.01], ["×", 1]]);
const spoken = (text) => {
  const [, first, second, unit] = /^([−-]?[\d.,]+)(?:×(\d+))?\s*(\p{L}+|%|×)?$/u.exec(text) ?? [];
  const number = first === undefined ? NaN : Number(first.replace("−", "-").replaceAll(",", ""));
  return number * Number(second ?? 1) * (unit ? UNITS.get(unit) ?? NaN : 1);
};
const value = (row, column) => {
  const cell = row.cells[column];
  if (cell?.dataset.value !== undefined) return Number(cell.dataset.value);
  const text = cell?.textContent.trim() || "";
  const number = spoken(text.replace(/ [[(].*$/, ""));
  return Number.isNaN(number) ? text : number;
};
const order = (a, b) => {
  if (typeof a === typeof b) return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
  return typeof a === "number" ? -1 : 1;
};
const sort = (table, head, down) => {
  const column = head.cellIndex;
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  for (const body of table.tBodies) {
    if (body.rows.length < 2) continue;
    const rows = [...body.rows].map((row) => [value(row, column), row]);
    // What is no number stays last, whichever way the numbers go.
    rows.sort(([a], [b]) => order(a, b) * (down && typeof a === typeof b ? -1 : 1));
    body.append(...rows.map(([, row]) => row));
  }
  table.classList.add("sorted");
};
const sorted = (table) => {
  const head = $("th[aria-sort]", table);
  return head ? (head.getAttribute("aria-sort") === "descending" ? "-" : "") + head.cellIndex : "";
};
for (const table of $$("table[data-sortable]")) {
  for (const head of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      sort(table, head, head.getAttribute("aria-sort") === "ascending");
      at(table);
      if (table.id) (table.dispatchEvent(new Event("sorted")), remember());
    });
  }
}

const cells = $("#cells");
if (cells) {
  const [metric, find, group, locks] = ["metric", "kernels", "group", "locks"].map((id) => document.getElementById(id));
  const [gains, losses] = JSON.parse(cells.dataset.shades);
  const shade = (ratio) => (gains.find(([edge]) => ratio >= edge) ?? losses.find(([edge]) => ratio <= edge) ?? [0, "g0"])[1];
  const shaded = /\b[gl]\d\b/g;
  const names = [...metric.options].map((option) => option.value);
  // Columns of models are hidden by a rule, one for each place.
  for (const [place, head] of [...cells.tHead.rows[0].cells].entries()) {
    if (place < 3) continue;
    for (const { cells: row } of cells.rows) if (row.length > 3) row[place]?.classList.add(head.classList.contains("locked") ? "locked" : "free");
  }
  // Every cell that has numbers, with what it showed at first.
  const all = [...cells.querySelectorAll("td[data-m]")].map((cell) => ({
    cell, row: cell.parentElement, numbers: null, html: cell.innerHTML, look: cell.className, value: cell.dataset.value,
  }));
  const numbersOf = (one) => (one.numbers ??= one.cell.dataset.m.split(",").map((text) => (text ? text.split(" ").map(Number) : null)));
  // A table of a thousand rows is laid out a part at a time: the rest comes when asked for.
  const MOST = 200;
  let whole = false;
  const rest = Object.assign(document.createElement("button"), { type: "button", className: "rest", hidden: true });
  cells.closest(".scroll").after(Object.assign(document.createElement("div"), { className: "take" }));
  cells.closest(".scroll").nextElementSibling.append(rest);
  rest.addEventListener("click", () => ((whole = true), sift(), draw()));
  const draw = () => {
    const at = names.indexOf(metric.value) - 1;
    const { unit, more } = metric.selectedOptions[0].dataset;
    const serials = new Map();
    if (at >= 0) for (const one of all) if (one.cell.cellIndex === 2) serials.set(one.row, numbersOf(one)[at]?.[0]);
    for (const one of all) {
      const { cell } = one;
      if (at < 0) {
        if (cell.dataset.shown && !one.row.hidden) [cell.innerHTML, cell.className, cell.dataset.shown] = [one.html, one.look, ""];
        continue;
      }
      const numbers = numbersOf(one)[at];
      if (one.row.hidden) continue;
      let main = cell.firstElementChild, small = main?.nextElementSibling;
      if (cell.dataset.shown !== "1") {
        main = document.createElement("b");
        small = document.createElement("small");
        cell.replaceChildren(main, small);
        cell.dataset.shown = "1";
      }
      main.textContent = numbers ? quantity(numbers[0], unit) : "–";
      small.textContent = numbers?.length === 3 ? range(...numbers, unit) : "";
      const serial = serials.get(one.row);
      const ratio = numbers && serial > 0 && numbers[0] > 0 ? (more === undefined ? serial / numbers[0] : numbers[0] / serial) : 1;
      cell.className = one.look.replace(shaded, "") + (cell.cellIndex > 2 ? ` ${shade(ratio)}` : "");
    }
  };
  // After a metric or an order has changed, other rows may be among those that are shown.
  const again = () => {
    const at = names.indexOf(metric.value) - 1;
    for (const one of all) {
      const value = at < 0 ? one.value : numbersOf(one)[at]?.[0];
      if (value === undefined) delete one.cell.dataset.value;
      else one.cell.dataset.value = value;
    }
    const by = $("th[aria-sort]", cells);
    if (by && by.cellIndex > 1) sort(cells, by, by.getAttribute("aria-sort") === "descending");
    sift();
    draw();
  };
  const sift = () => {
    const words = find.value.trim().toLowerCase();
    let left = 0;
    for (const body of cells.tBodies) {
      const heading = body.classList.contains("group");
      const wanted = !group.value || body.dataset.group === group.value;
      let here = 0;
      for (const row of body.rows) {
        const fits = wanted && (heading || row.cells[0].textContent.toLowerCase().includes(words));
        if (fits && !heading) here += 1;
        row.hidden = !fits || (!heading && !whole && left + here > MOST);
      }
      if (!heading) {
        if (body.previousElementSibling?.classList.contains("group")) body.previousElementSibling.hidden = here === 0;
        left += here;
      }
    }
    cells.classList.toggle("only-free", locks.value === "free");
    cells.classList.toggle("only-locked", locks.value === "locked");
    rest.hidden = whole || left <= MOST;
    rest.textContent = inChinese() ? `显示全部 ${left} 行` : `Show all ${left} rows`;
    $("#cells-left").textContent = words || group.value ? `${left}` : "";
  };
  const changed = (act) => () => (act(), at(cells), remember());
  metric.addEventListener("change", changed(again));
  const sought = () => (sift(), draw());
  find.addEventListener("input", changed(sought));
  group.addEventListener("change", changed(sought));
  locks.addEventListener("change", changed(sift));
  const setting = (input, act, first = "") => choice(input.id, () => (input.value === first ? "" : input.value), (to) => ((input.value = to), act()));
  setting(metric, again, "speedup");
  setting(find, sought);
  setting(group, sought);
  setting(locks, sift);
  cells.addEventListener("sorted", () => (sift(), draw()));
  addEventListener("language", sift);
  sift();
  choice("sort", () => sorted(cells), (to) => {
    const head = cells.tHead.rows[0].cells[Math.abs(parseInt(to, 10))];
    if (head) sort(cells, head, to.startsWith("-"));
  });
}
