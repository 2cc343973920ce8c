(() => {
  "use strict";
  const AT_FIRST = 20;
  const field = document.getElementById("wanted");
  const more = document.getElementById("more");
  if (!field) return;
  const box = field.closest("[role=search]");
  const status = box.querySelector("[role=status]");
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const items = [...document.querySelectorAll(".mistakes > li")].map((item) => {
    const rest = item.querySelector("details");
    return { item, rest, text: plain(item.textContent), end: rest ? plain(rest.textContent) : "" };
  });
  let all = items.length <= AT_FIRST;
  const show = () => {
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    const found = items.filter(({ text }) => words.every((word) => text.includes(word)));
    const shown = new Set(all || words.length ? found : found.slice(0, AT_FIRST));
    for (const one of items) {
      one.item.hidden = !shown.has(one);
      if (one.rest) one.rest.open = words.some((word) => one.end.includes(word));
    }
    more.hidden = all || words.length > 0;
    status.textContent = `${shown.size} of ${items.length} shown`;
  };
  field.addEventListener("input", show);
  more.addEventListener("click", () => { all = true; show(); });
  box.hidden = false;
  show();
})();
