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

// The language: the sheet of styles shows one; attributes are changed here.
const languages = $$('input[name="language"]');
const inChinese = () => $("#lang-zh").checked;
const NAMES = [["label", "aria-label"], ["placeholder", "placeholder"], ["title", "title"]];
const speak = () => {
  const chinese = inChinese();
  document.documentElement.lang = chinese ? "zh-Hans" : "en";
  for (const [key, attribute] of NAMES) {
    for (const element of $$(`[data-zh-${key}]`)) {
      element.dataset[`en${key}`] ??= element.getAttribute(attribute);
      element.setAttribute(attribute, chinese ? element.getAttribute(`data-zh-${key}`) : element.dataset[`en${key}`]);
    }
  }
  for (const option of $$("[data-zh]")) {
    option.dataset.en ??= option.textContent;
    option.textContent = chinese ? option.dataset.zh : option.dataset.en;
  }
};
for (const radio of languages) radio.addEventListener("change", () => (speak(), remember(), dispatchEvent(new Event("language"))));
choice("lang", () => (inChinese() ? "zh" : ""), (value) => {
  $(value === "zh" ? "#lang-zh" : "#lang-en").checked = true;
  speak();
  dispatchEvent(new Event("language"));
});
for (const element of $$(".scripted")) element.hidden = false;
