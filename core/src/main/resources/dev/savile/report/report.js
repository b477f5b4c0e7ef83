"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    head.tabIndex = 0;
    const sort = () => {
      const rising = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", rising ? "ascending" : "descending");
      const key = row => {
        const cell = row.cells[column];
        const number = Number(cell.dataset.sort);
        return number ? number : cell.textContent.trim().toLowerCase();
      };
      const rows = [...table.tBodies[0].rows].sort((a, b) => {
        const x = key(a), y = key(b);
        const order = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y));
        return rising ? order : -order;
      });
      table.tBodies[0].append(...rows);
    };
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => { if (event.key === "Enter") sort(); });
  });
}
const filter = document.getElementById("filter"), wrong = document.getElementById("wrong");
if (filter && wrong) {
  const apply = () => {
    const wanted = filter.value.toLowerCase();
    for (const row of document.querySelectorAll("#items tbody tr"))
      row.hidden = !row.textContent.toLowerCase().includes(wanted) || (wrong.checked && !row.classList.contains("bad"));
  };
  filter.addEventListener("input", apply);
  wrong.addEventListener("change", apply);
}
