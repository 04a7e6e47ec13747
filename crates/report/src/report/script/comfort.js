// Tips on hover and on focus, and the bar that says where one is.
const tip = document.body.appendChild(Object.assign(document.createElement("div"), { className: "tip", hidden: true, id: "tip" }));
tip.setAttribute("role", "tooltip");
const show = (event) => {
  const mark = event.target.closest?.("[data-tip]");
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = inChinese() ? mark.dataset.tipZh ?? said(mark.dataset.tip) : mark.dataset.tip;
  const box = mark.getBoundingClientRect();
  const left = Math.min(Math.max(8, box.left + box.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 8);
  tip.style.left = `${left}px`;
  tip.style.top = `${box.top > tip.offsetHeight + 12 ? box.top - tip.offsetHeight - 8 : box.bottom + 8}px`;
};
const hide = () => (tip.hidden = true);
addEventListener("pointerover", show);
addEventListener("focusin", show);
addEventListener("focusout", hide);
addEventListener("keydown", (event) => event.key === "Escape" && hide());
addEventListener("scroll", hide, { passive: true, capture: true });
for (const term of $$(".term")) term.setAttribute("aria-describedby", "tip");

// A table that is wider than the screen can be moved with the keyboard.
for (const box of $$(".scroll, div.wide")) if (!box.hasAttribute("tabindex")) {
  box.tabIndex = 0;
  box.setAttribute("role", "group");
  const named = $("caption, svg > title", box) ?? $("h2", box.closest("section") ?? document);
  label(box, ...inBoth(named));
}

const links = new Map($$("nav a").map((link) => [link.hash.slice(1), link]));
const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    for (const link of links.values()) link.removeAttribute("aria-current");
    const link = links.get(entry.target.id);
    link?.setAttribute("aria-current", "true");
    const bar = link?.closest("ul");
    bar?.scrollTo({ left: link.offsetLeft - bar.clientWidth / 2 });
  }
}, { rootMargin: "-20% 0px -70% 0px" });
for (const section of $$("main > section")) seen.observe(section);
