// Claims: the boxes hide outcomes by a rule of the style sheet; words are looked for here.
const words = $("#claims-words");
if (words) {
  const claims = $$(".verdict");
  const boxes = $$(".filter input[type=checkbox]");
  const look = () => {
    const wanted = words.value.trim().toLowerCase();
    for (const claim of claims) claim.hidden = !`${claim.id} ${claim.textContent}`.toLowerCase().includes(wanted);
    $(".none-left").hidden = claims.some((claim) => !claim.hidden && getComputedStyle(claim).display !== "none");
  };
  const changed = () => (look(), at(words), remember());
  words.addEventListener("input", changed);
  for (const box of boxes) box.addEventListener("change", changed);
  choice("claims", () => words.value, (to) => ((words.value = to), look()));
  choice("hide", () => boxes.filter((box) => !box.checked).map((box) => box.id.slice(5)).join("."), (to) => {
    for (const box of boxes) box.checked = !to.split(".").includes(box.id.slice(5));
    look();
  });
  for (const claim of claims) claim.addEventListener("toggle", () => {
    if (claim.open && document.activeElement?.closest(".verdict") === claim) (place = claim.id), remember();
  });
}
