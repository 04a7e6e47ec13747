// What is chosen stands in the address, `#table&metric=cpu&kernels=crawl`, so that it can be passed on. Every choice
// registers how it is read and how it is set; what is at its default is left out.
const choices = new Map();
const chosen = () => new URLSearchParams(location.hash.slice(1).split("&").slice(1).join("&"));
let place = "";
const remember = () => {
  const pairs = [...choices].map(([name, choice]) => [name, choice.get()]).filter(([, value]) => value !== "");
  const hash = [place, ...pairs.map(([name, value]) => `${name}=${encodeURIComponent(value)}`)].join("&");
  history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
};
const choice = (name, get, set) => choices.set(name, { get, set });
const at = (element) => {
  place = element.closest("section[id]")?.id ?? place;
};
const go = () => {
  place = location.hash.slice(1).split("&")[0];
  const target = place && document.getElementById(decodeURIComponent(place));
  if (!target) return;
  for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target.scrollIntoView();
};
const restore = () => {
  const wanted = chosen();
  for (const [name, { set }] of choices) if (wanted.has(name)) set(wanted.get(name));
  go();
};
addEventListener("hashchange", restore);
// A plain link inside the page leads to its target and keeps what is chosen.
addEventListener("click", (event) => {
  const link = event.target.closest?.('a[href^="#"]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.pushState(null, "", link.getAttribute("href"));
  go();
  remember();
  const target = document.getElementById(place);
  if (target && target.tabIndex < 0 && !target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
  target?.focus({ preventScroll: true });
});

// The language: of prose the sheet of styles shows one; attributes and tables are changed here, by the dictionary of the
// page (`dictionary.rs`) unless their Chinese stands beside them.
const languages = $$('input[name="language"]');
const inChinese = () => $("#lang-zh").checked;
const NAMES = [["label", "aria-label"], ["placeholder", "placeholder"], ["title", "title"]];
let dictionary;
const said = (english) => dictionary?.get(english) ?? english;
// The English of what has been changed.
const were = new WeakMap();
const english = (element, what, now) => {
  const known = were.get(element) ?? were.set(element, {}).get(element);
  return (known[what] ??= now);
};
const speak = async () => {
  // Without it tables stay English, in a browser that cannot inflate.
  if (inChinese()) dictionary ??= new Map(Object.entries(await inflated("#zh").then(parsed, () => ({}))));
  const chinese = inChinese();
  document.documentElement.lang = chinese ? "zh-Hans" : "en";
  for (const [key, attribute] of NAMES) {
    for (const element of $$(`[${attribute}]`)) {
      const was = english(element, key, element.getAttribute(attribute));
      element.setAttribute(attribute, chinese ? element.getAttribute(`data-zh-${key}`) ?? said(was) : was);
    }
  }
  for (const element of $$("[data-zh], table i:not([lang]), svg > title, svg > desc, option")) {
    if (element.nextSibling?.lang === "zh") continue;
    const was = english(element, "text", element.textContent);
    element.textContent = chinese ? element.dataset.zh ?? said(was) : was;
  }
};
for (const radio of languages) radio.addEventListener("change", () => (speak(), remember(), dispatchEvent(new Event("language"))));
choice("lang", () => (inChinese() ? "zh" : ""), (value) => {
  $(value === "zh" ? "#lang-zh" : "#lang-en").checked = true;
  speak();
  dispatchEvent(new Event("language"));
});
for (const element of $$(".scripted")) element.hidden = false;
