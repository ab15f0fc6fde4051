"use strict";
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const sections = all("details.section");

  // Folding: all at once, by link, and everything open on paper.
  const tools = document.querySelector(".tools");
  tools.hidden = false;
  for (const button of all("[data-all]")) {
    button.addEventListener("click", () => {
      for (const section of sections) section.open = button.dataset.all === "open";
    });
  }
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const section = target && target.closest("details.section");
    if (section) { section.open = true; target.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);
  for (const link of all("nav a")) link.addEventListener("click", () => setTimeout(reveal));
  reveal();
  let before = [];
  window.addEventListener("beforeprint", () => {
    before = sections.map((section) => section.open);
    for (const section of sections) section.open = true;
  });
  window.addEventListener("afterprint", () => sections.forEach((section, k) => { section.open = before[k] ?? section.open; }));

  // Sorting: by the full value where there is one, missing values last in both directions.
  const key = (cell) => {
    if (cell.dataset.value === undefined) return cell.textContent.trim();
    const value = cell.dataset.value.replace("inf", "Infinity");
    return value === "" ? null : Number(value);
  };
  const compare = (a, b) => {
    if (typeof a === "number" && typeof b === "number") return a - b;
    return String(a).localeCompare(String(b), "en", { numeric: true });
  };
  for (const table of all("table")) {
    const heads = all("th", table);
    heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      const body = table.tBodies[0];
      const rows = [...body.rows].map((row) => [key(row.cells[column]), row]);
      rows.sort(([a], [b]) => (a === null) - (b === null) || (a === null ? 0 : sign * compare(a, b)));
      body.append(...rows.map(([, row]) => row));
    }));
  }

  // Enlarging a figure.
  const dialog = document.getElementById("enlarged");
  const large = dialog.querySelector("img");
  for (const button of all(".zoom")) {
    button.addEventListener("click", () => {
      const image = button.querySelector("img");
      large.src = image.currentSrc || image.src;
      large.alt = image.alt;
      dialog.showModal();
    });
  }
  dialog.querySelector(".close").addEventListener("click", () => dialog.close());
  large.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // Copying code, where the browser allows it.
  if (navigator.clipboard) {
    for (const box of all(".code")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(box.querySelector("code").textContent);
        button.textContent = "Copied";
        setTimeout(() => { button.textContent = "Copy"; }, 1500);
      });
      box.append(button);
    }
  }
})();
