"use strict";
// A number sorts by its value, anything else by its text; a cell without a number stands below those with one.
const sortKey = cell => {
  const value = cell.dataset.sort;
  const number = value === undefined || value === "" ? NaN : Number(value);
  return Number.isNaN(number) ? cell.textContent.trim().toLowerCase() : number;
};
const compareKeys = (x, y, rising) => {
  if (typeof x !== typeof y) return typeof x === "number" ? -1 : 1;
  const order = typeof x === "number" ? x - y : x.localeCompare(y);
  return rising ? order : -order;
};
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const key = row => sortKey(row.cells[column]);
      const rows = [...table.tBodies[0].rows].sort((a, b) => compareKeys(key(a), key(b), rising));
      table.tBodies[0].append(...rows);
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
  });
}
const filter = document.getElementById("filter");
if (filter) {
  const boxes = [["wrong", "bad"], ["flips", "flip"]]
    .map(([id, mark]) => [document.getElementById(id), mark])
    .filter(([box]) => box);
  const apply = () => {
    const wanted = filter.value.toLowerCase();
    for (const row of document.querySelectorAll("#items tbody tr"))
      row.hidden = !row.textContent.toLowerCase().includes(wanted)
        || boxes.some(([box, mark]) => box.checked && !row.classList.contains(mark));
  };
  filter.addEventListener("input", apply);
  boxes.forEach(([box]) => box.addEventListener("change", apply));
}
