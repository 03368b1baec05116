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
    node.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") pick(node);
    });
  }
}
// On paper nothing can be opened any more.
addEventListener("beforeprint", () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
});
