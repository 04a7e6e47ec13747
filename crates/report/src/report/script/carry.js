// What can be taken away: the run as JSON and CSV, tables as Markdown, figures as SVG and PNG.
const save = (name, blob) => {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
};
// See `pack.rs`.
const unpack = (value, numbers) => {
  if (value === null || typeof value !== "object") return value;
  const inside = (inner) => unpack(inner, numbers);
  if (Array.isArray(value)) return value.map(inside);
  if ("*" in value) {
    const columns = Object.entries(value).filter(([name]) => name !== "*").map(([name, column]) => [name, inside(column)]);
    return Array.from({ length: value["*"] }, (_, row) => Object.fromEntries(columns.map(([name, column]) => [name, column[row]])));
  }
  if ("**" in value) {
    const all = inside(value.of);
    let from = 0;
    return inside(value["**"]).map((length) => all.slice(from, (from += length)));
  }
  if ("#" in value) {
    const [count, width, from] = value["#"];
    const planes = Array.from({ length: width }, (_, plane) => numbers.subarray(from + plane * count));
    return Array.from({ length: count }, (_, row) => planes.reduce((number, plane) => number * 256 + plane[row], 0));
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, inside(inner)]));
};
// Two letters are thirteen or fourteen bits, see `pack.rs`.
const spelledOut = (text) => {
  const letters = Array.from({ length: 94 }, (_, place) => String.fromCharCode(33 + place)).filter((letter) => !"<>&".includes(letter));
  const values = new Map(letters.map((letter, value) => [letter.charCodeAt(0), value]));
  const bytes = [];
  let [queue, bits] = [0, 0];
  for (let place = 0; place < text.length; place += 2) {
    const first = values.get(text.charCodeAt(place));
    if (place + 1 === text.length) {
      bytes.push((queue | (first << bits)) & 255);
      break;
    }
    const both = first + 91 * values.get(text.charCodeAt(place + 1));
    queue |= both << bits;
    bits += (both & 0x1fff) > 88 ? 13 : 14;
    for (; bits > 7; bits -= 8, queue >>>= 8) bytes.push(queue & 255);
  }
  return Uint8Array.from(bytes);
};
const inflated = async (id) => {
  const bytes = new Blob([spelledOut($(id).textContent)]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(bytes).arrayBuffer());
};
const parsed = (bytes) => JSON.parse(new TextDecoder().decode(bytes));
const theRun = async () => {
  const bytes = await inflated("#run");
  const end = bytes.indexOf(0);
  return unpack(parsed(bytes.subarray(0, end)), bytes.subarray(end + 1));
};
// Integers too large for a script's numbers go through as their digits.
const toJson = (run) => JSON.stringify(run).replace(/"\\u0001(\d+)"/g, "$1");
const field = (value) => {
  const text = value === null || value === undefined ? "" : String(value).replace(/^\u0001/, "");
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
// One row a sample, the worker's accounts summed up in their number.
const toCsv = (run) => {
  const flat = (object, prefix = "") => Object.entries(object ?? {}).flatMap(([name, inner]) => {
    if (Array.isArray(inner)) return [[`${prefix}${name}`, inner.length]];
    return inner !== null && typeof inner === "object" ? flat(inner, `${prefix}${name}_`) : [[`${prefix}${name}`, inner]];
  });
  const heads = ["id", "kernel", "model", "workers", "processes", "threads", "start_method", "role", "steps", "failed"];
  const rows = run.cases.flatMap((one) => one.samples.map((sample) => {
    const { workers, ...rest } = sample;
    return new Map([...heads.map((name) => [`case_${name}`, one[name]]), ...flat(rest)]);
  }));
  const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))].filter((name) => name !== "lock");
  return [columns, ...rows.map((row) => columns.map((name) => row.get(name)))].map((row) => row.map(field).join(",")).join("\r\n") + "\r\n";
};
const shownText = (element) => element.innerText.replace(/\s+/g, " ").trim();
const toMarkdown = (table) => {
  const row = (cells) => `| ${[...cells].filter((cell) => cell.offsetParent !== null).map((cell) => shownText(cell).replaceAll("|", "\\|")).join(" | ")} |`;
  const head = table.tHead.rows[0];
  const shown = [...head.cells].filter((cell) => cell.offsetParent !== null);
  const body = [...table.tBodies].flatMap((part) => [...part.rows]).filter((line) => !line.hidden && !line.parentElement.hidden);
  return [row(head.cells), `| ${shown.map((cell) => (cell.classList.contains("num") ? "---:" : "---")).join(" | ")} |`, ...body.map((line) => row(line.cells))].join("\n");
};
// A figure on its own has no style sheet, so what the sheet says of each part is written into it.
const PLACES = ["x", "y", "width", "height", "rx"];
const LOOKS = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "font", "text-anchor", "paint-order"];
const toSvg = (svg) => {
  // Marks are drawn once a page; a figure on its own holds them itself, here as well, where that looks the same.
  for (const used of svg.querySelectorAll("use")) {
    const mark = make(svg, "g", { class: used.getAttribute("class"), transform: `translate(${used.getAttribute("x")} ${used.getAttribute("y")})` });
    Object.assign(mark.dataset, used.dataset);
    mark.append(...$(used.getAttribute("href")).cloneNode(true).childNodes);
    used.replaceWith(mark);
  }
  const copy = svg.cloneNode(true);
  const [from, to] = [[svg, ...svg.querySelectorAll("*")], [copy, ...copy.querySelectorAll("*")]];
  from.forEach((part, place) => {
    if (part.tagName === "title" || part.tagName === "desc") return;
    const look = getComputedStyle(part);
    if (look.display === "none") to[place].setAttribute("display", "none");
    for (const name of LOOKS) if (look.getPropertyValue(name)) to[place].setAttribute(name, look.getPropertyValue(name));
    // Places of marks are attributes, sizes of cells may be the sheet's.
    if (part.tagName === "rect") for (const name of PLACES) {
      const size = look.getPropertyValue(name);
      if (size !== "auto") to[place].setAttribute(name, size);
    }
    to[place].removeAttribute("class");
  });
  const box = svg.viewBox.baseVal;
  copy.setAttribute("width", box.width);
  copy.setAttribute("height", box.height);
  const ground = document.createElementNS(svg.namespaceURI, "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(document.documentElement).getPropertyValue("--panel"));
  copy.querySelector("desc, title")?.after(ground);
  return new XMLSerializer().serializeToString(copy);
};
const toPng = async (svg) => {
  const image = new Image();
  const url = URL.createObjectURL(new Blob([toSvg(svg)], { type: "image/svg+xml" }));
  image.src = url;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: image.width * 2, height: image.height * 2 });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  URL.revokeObjectURL(url);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
};
const button = (en, zh, act) => {
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: en });
  made.dataset.zh = zh;
  made.addEventListener("click", async () => {
    const done = await act();
    if (done) made.animate([{ opacity: 0.3 }, { opacity: 1 }], 400);
  });
  return made;
};
const bar = (names, buttons) => {
  const made = Object.assign(document.createElement("div"), { className: "take" });
  made.setAttribute("role", "group");
  label(made, ...names);
  made.append(...buttons);
  return made;
};
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60) || "figure";
const copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // From a file a browser may refuse; the old way needs something that can be selected.
    const field = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
    field.select();
    document.execCommand("copy");
    field.remove();
  }
  return true;
};
for (const svg of $$("svg[role=img]")) {
  const names = inBoth(svg.querySelector("title"));
  const name = slug(names[0]);
  const made = bar(names, [
    button("SVG", "SVG", () => (save(`${name}.svg`, new Blob([toSvg(svg)], { type: "image/svg+xml" })), true)),
    button("PNG", "PNG", async () => (save(`${name}.png`, await toPng(svg)), true)),
  ]);
  (svg.closest(".wide") ?? svg).after(made);
}
for (const table of $$("main table")) {
  const box = table.closest(".scroll");
  const names = inBoth(table.caption ?? $("h2", table.closest("section")));
  if (box) box.after(bar(names, [button("Copy as Markdown", "复制为 Markdown", () => copyText(toMarkdown(table)))]));
}
const carry = $("#carry");
carry.replaceChildren(bar(["The run", "本次运行"], [
  button("Download the run as JSON", "下载运行（JSON）", async () => (save("gilbench-run.json", new Blob([toJson(await theRun())], { type: "application/json" })), true)),
  button("Download the samples as CSV", "下载样本（CSV）", async () => (save("gilbench-samples.csv", new Blob([toCsv(await theRun())], { type: "text/csv" })), true)),
]));
// The same at the top, where it is looked for.
const above = carry.firstChild.cloneNode(true);
[...above.children].forEach((copy, place) => copy.addEventListener("click", () => carry.firstChild.children[place].click()));
$("header").append(above);
if (inChinese()) speak();
