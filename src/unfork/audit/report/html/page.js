"use strict";
// Click a module: its imports stand out, and the list of its importers is opened (a link, without this script too).
for (const graph of document.querySelectorAll(".graph")) {
  const edges = [...graph.querySelectorAll(".edge")];
  const nodes = [...graph.querySelectorAll(".node")];
  const pick = (node) => {
    const again = graph.classList.contains("picked") && node.classList.contains("chosen");
    for (const each of [...edges, ...nodes]) each.classList.remove("on", "chosen");
    graph.classList.toggle("picked", !again);
    if (again) return;
    node.classList.add("on", "chosen");
    for (const edge of edges) {
      const { from, to } = edge.dataset;
      if (from !== node.id && to !== node.id) continue;
      edge.classList.add("on");
      for (const end of [from, to]) document.getElementById(end)?.classList.add("on");
    }
  };
  for (const node of nodes) {
    node.addEventListener("click", () => pick(node));
    // Enter on a link is a click on the link, not on what is in it.
    (node.closest("a") ?? node).addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      if (event.key === " ") event.preventDefault(); // it would scroll the page
      pick(node);
    });
  }
}
// A link into something folded opens it.
const reveal = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (let fold = target?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  target?.querySelectorAll("details").forEach((fold) => { if (target.matches(".module")) fold.open = true; });
  target?.scrollIntoView();
};
addEventListener("hashchange", reveal);
if (location.hash) reveal();
// The search hides the groups that do not have all of its words.
const search = document.getElementById("search");
if (search) {
  const cards = [...document.querySelectorAll(".card")];
  const count = document.querySelector(".search output");
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const card of cards) card.hidden = !words.every((word) => card.dataset.words.includes(word));
    const shown = cards.filter((card) => !card.hidden).length;
    count.textContent = words.length ? `${shown} of ${cards.length}` : "";
  };
  search.closest(".search").hidden = false;
  search.addEventListener("input", filter);
  addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches?.("input")) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && event.target === search) { search.value = ""; filter(); }
  });
}
// On paper nothing can be opened any more.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
});
