// Numbers as `format.rs` writes them.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
// What an element says in English, and in Chinese unless that is for the dictionary to say; and a label of both.
const inBoth = (element) => {
  const [english, chinese] = [$("i:not([lang])", element), $("[lang=zh]", element)].map((part) => part?.textContent);
  return [english ?? element.textContent, chinese ?? element.dataset.zh];
};
const label = (element, english, chinese) => {
  element.setAttribute("aria-label", english);
  if (chinese) element.dataset.zhLabel = chinese;
};
const STEPS = {
  ns: [[1, "ns"], [1e3, "µs"], [1e6, "ms"], [1e9, "s"]],
  bytes: [[1, "B"], [1024, "KiB"], [1048576, "MiB"], [1073741824, "GiB"]],
};
const fixed = (value, places) => {
  if (!Number.isFinite(value)) return "–";
  const [whole, part] = Math.abs(value).toFixed(places).split(".");
  return (value < 0 ? "−" : "") + whole.replace(/\B(?=(\d{3})+$)/g, ",") + (part ? `.${part}` : "");
};
const places = (value) => {
  if (value === 0 || !Number.isFinite(value)) return 0;
  const rounded = Number(Math.abs(value).toPrecision(3));
  return Math.min(Math.max(2 - Math.floor(Math.log10(rounded)), 0), 6);
};
const plain = (value) => {
  if (Math.abs(value) < 1000 || !Number.isFinite(value)) return fixed(value, places(value));
  return fixed(Number(value.toPrecision(3)), 0);
};
const scaleOf = (value, unit) => {
  const steps = STEPS[unit];
  if (unit === "share") return [0.01, "\u00a0%"];
  if (!steps) return [1, unit === "×" ? "×" : `\u00a0${unit}`];
  const fit = steps.findLast(([size]) => Math.abs(value) >= size * 0.9995) ?? steps[0];
  return [fit[0], `\u00a0${fit[1]}`];
};
const quantity = (value, unit) => {
  const [size, name] = scaleOf(value, unit);
  return Number.isFinite(value) ? plain(value / size) + name : "–";
};
const range = (value, low, high, unit) => {
  const [size] = scaleOf(value, unit);
  const digits = places(value / size);
  return `[${fixed(low / size, digits)}, ${fixed(high / size, digits)}]`;
};
