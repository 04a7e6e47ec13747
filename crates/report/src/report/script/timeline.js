// The timeline of the lock, closer: what the page draws pixel by pixel is drawn again from its spans, for a part of the
// time. Arrows and marks move along.
const HALF = { h: 10, w: 5, s: 2.5, d: 0.75 };
const IN_CHINESE = { h: "持有", w: "等待", s: "切换", d: "脱离" };
const STATE = { h: "held", w: "waiting", s: "switching", d: "detached" };
const make = (svg, name, attributes) => {
  const made = document.createElementNS(svg.namespaceURI, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};
$$("svg.timeline").forEach((svg, number) => {
  const ground = $("[data-until]", svg);
  const [until, left, right] = ["until", "from", "to"].map((key) => Number(ground.dataset[key]));
  const lanes = $$(".lane", svg).map((lane) => {
    let now = 0;
    const spans = [...lane.dataset.spans.matchAll(/([-dhsw])(\d+)/g)].map(([, state, length]) => ({ state, from: now, to: (now += Number(length)) }));
    return { lane, y: Number(lane.dataset.y), spans, first: [...lane.children].slice(1), drawn: null };
  });
  const axis = $(".axis-of-time", svg);
  const moving = $$("[data-tip]", svg).filter((part) => part.tagName === "g").map((part) => ({
    part,
    transform: part.getAttribute("transform"),
    lines: $$("line", part).map((line) => [line, Number(line.getAttribute("x1")), Number(line.getAttribute("x2"))]),
    head: $("path", part),
    at: Number((part.getAttribute("transform") ?? $("path", part)?.getAttribute("d") ?? "").match(/[\d.]+/)?.[0] ?? 0),
    d: part.getAttribute("transform") ? null : $("path", part)?.getAttribute("d"),
  }));
  let [begin, end] = [0, until];
  const first = [...axis.children];
  const time = (ns) => left + ((ns - begin) / (end - begin)) * (right - left);
  // Where something stood at first, put where it belongs now.
  const moved = (x) => time(((x - left) / (right - left)) * until);
  const inside = (x) => x >= left - 1 && x <= right + 1;
  const draw = () => {
    const whole = begin <= 0 && end >= until;
    for (const { lane, y, spans, first } of lanes) {
      for (const part of first) part.style.display = whole ? "" : "none";
      for (const old of $$(".closer", lane)) old.remove();
      if (whole) continue;
      for (const { state, from, to } of spans) {
        if (state === "-" || to < begin || from > end) continue;
        const [x0, x1] = [Math.max(time(from), left), Math.min(time(to), right)];
        const half = HALF[state];
        lane.append(make(svg, "rect", {
          class: `closer t-${STATE[state]}`, x: x0, y: y - half, width: Math.max(x1 - x0, 0.7), height: 2 * half,
          "data-tip": `${STATE[state]} for ${quantity(to - from, "ns")}, from ${quantity(from, "ns")} on`,
          "data-tip-zh": `${IN_CHINESE[state]} ${quantity(to - from, "ns")}，自 ${quantity(from, "ns")} 起`,
        }));
      }
    }
    for (const { part, transform, lines, head, at, d } of moving) {
      const x = moved(at);
      part.style.display = inside(x) ? "" : "none";
      if (transform) part.setAttribute("transform", whole ? transform : transform.replace(/translate\([\d.]+/, `translate(${x}`));
      else {
        for (const [line, x1, x2] of lines) (line.setAttribute("x1", whole ? x1 : Math.max(moved(x1), left)), line.setAttribute("x2", whole ? x2 : moved(x2)));
        head?.setAttribute("d", whole ? d : d.replace(/^M[\d.]+/, `M${x}`));
      }
    }
    axis.replaceChildren(...first);
    if (whole) return;
    const height = svg.viewBox.baseVal.height;
    axis.replaceChildren();
    const rough = (end - begin) / 8;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((size) => size >= rough);
    for (let tick = Math.ceil(begin / step) * step; tick <= end; tick += step) {
      const x = time(tick);
      axis.append(make(svg, "line", { class: "grid", x1: x, x2: x, y1: 18, y2: height - 4 }));
      const text = make(svg, "text", { class: "tick", x, y: 12, "text-anchor": "middle" });
      const [size, name] = scaleOf(end, "ns");
      text.textContent = `${Number((tick / size).toPrecision(6))}${name}`;
      axis.append(text);
    }
  };
  const look = (from, length) => {
    length = Math.min(Math.max(length, until / 500), until);
    begin = Math.min(Math.max(from, 0), until - length);
    end = begin + length;
    draw();
  };
  const closer = (by, around = (begin + end) / 2) => look(around - (around - begin) * by, (end - begin) * by);
  const move = (by) => look(begin + by * (end - begin), end - begin);
  const keys = { "+": () => closer(0.5), "=": () => closer(0.5), "-": () => closer(2), 0: () => look(0, until), ArrowLeft: () => move(-0.2), ArrowRight: () => move(0.2) };
  const kept = () => (at(svg), remember());
  const box = svg.closest(".wide");
  box.addEventListener("keydown", (event) => {
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
    kept();
  });
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const place = svg.getBoundingClientRect();
    const x = ((event.clientX - place.left) / place.width) * svg.viewBox.baseVal.width;
    closer(event.deltaY > 0 ? 1.25 : 0.8, begin + ((x - left) / (right - left)) * (end - begin));
    kept();
  }, { passive: false });
  let held = null;
  svg.addEventListener("pointerdown", (event) => (held = [event.clientX, begin]));
  addEventListener("pointerup", () => held && ((held = null), kept()));
  svg.addEventListener("pointermove", (event) => {
    if (!held || end - begin >= until) return;
    const wide = svg.getBoundingClientRect().width * ((right - left) / svg.viewBox.baseVal.width);
    look(held[1] - ((event.clientX - held[0]) / wide) * (end - begin), end - begin);
  });
  const tools = document.createElement("div");
  tools.className = "take zoom";
  tools.setAttribute("role", "group");
  label(tools, "Look closer", "放大查看");
  for (const [text, chinese, act] of [["+ closer", "+ 放大", keys["+"]], ["− farther", "− 缩小", keys["-"]], ["← earlier", "← 更早", keys.ArrowLeft], ["→ later", "→ 更晚", keys.ArrowRight], ["0 all of it", "0 全部", keys[0]]]) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: text });
    button.dataset.zh = chinese;
    button.addEventListener("click", () => (act(), kept()));
    tools.append(button);
  }
  box.before(tools);
  choice(`zoom${number}`, () => (end - begin >= until ? "" : `${Math.round(begin)}_${Math.round(end)}`), (to) => {
    const [from, until] = to.split("_").map(Number);
    look(from, until - from);
  });
});
