// Tables that do more where scripts run: the ledger is sorted and filtered, rows of a table come when they are asked for.
(() => {
  const element = (name, parts = {}, ...children) => {
    const made = Object.assign(document.createElement(name), parts);
    made.append(...children);
    return made;
  };

  // The ledger: a button in each head sorts, a list picks one article; so does ?article=TechCrunch in the address. On a
  // phone, where rows are cards, a button opens what is not the article's own words, or the page would be endless.
  for (const table of document.querySelectorAll("table.ledger")) {
    const body = table.tBodies[0], rows = [...body.rows], heads = [...table.tHead.rows[0].cells];
    const articles = heads.findIndex(head => head.textContent === "Article");
    const key = (row, column) => row.cells[column].dataset.sort;
    heads.forEach((head, column) => {
      if (rows.every(row => key(row, column) === "")) return;
      const button = element("button", {type: "button", className: "ledger-sort", textContent: head.textContent});
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const compare = (a, b) => key(a, column).localeCompare(key(b, column), "en", {numeric: true});
        body.append(...[...rows].sort((a, b) => (up ? 1 : -1) * compare(a, b)));
      });
      head.replaceChildren(button);
    });
    const names = [...new Set(rows.map(row => key(row, articles)))];
    const option = name => {
      const held = rows.filter(row => key(row, articles) === name).length;
      return element("option", {value: name, textContent: `${name} (${held})`});
    };
    const select = element("select", {className: "ledger-article"}, element("option", {value: "", textContent: "All articles"}), ...names.map(option));
    const said = element("span", {className: "ledger-count"});
    said.setAttribute("role", "status");
    const order = element("select", {className: "ledger-order"}, ...heads.flatMap((head, column) => {
      const button = head.querySelector("button");
      return button ? [element("option", {value: column, textContent: button.textContent.split(",")[0]})] : [];
    }));
    order.addEventListener("change", () => {
      heads[order.value].removeAttribute("aria-sort");
      heads[order.value].querySelector("button").click();
    });
    const show = () => {
      for (const row of rows) row.hidden = select.value !== "" && key(row, articles) !== select.value;
      said.textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} claims shown`;
    };
    select.addEventListener("change", () => {
      show();
      const address = new URL(location);
      address.hash = "";
      if (select.value) address.searchParams.set("article", select.value);
      else address.searchParams.delete("article");
      try { history.replaceState(null, "", address); } catch { /* from a disk the address stays as it is */ }
    });
    const asked = new URLSearchParams(location.search).get("article");
    if (names.includes(asked)) select.value = asked;
    show();
    if (!new URLSearchParams(location.search).has("find")) { // what was searched for is not folded away
      table.classList.add("ledger-folding");
      for (const row of rows) {
        const button = element("button", {type: "button", className: "ledger-more", textContent: "Verdict"});
        button.setAttribute("aria-expanded", "false");
        button.addEventListener("click", () => button.setAttribute("aria-expanded", String(row.classList.toggle("ledger-open"))));
        row.cells[1].append(button);
      }
    }
    const tools = element("p", {className: "ledger-tools"}, element("label", {}, "Article ", select), " ", element("label", {}, "Sort by ", order), " ", said);
    (table.closest(".table-scroll") ?? table).before(tools);
  }

  // The rows of a table are a script of their own, so that they come from a disk too.
  window.bookRows = (name, html) => {
    document.querySelector(`.table-rows[data-rows="${name}"]`).innerHTML = html;
  };
  const load = box => {
    if (box.dataset.asked) return;
    box.dataset.asked = "yes";
    box.textContent = "Loading \u2026";
    const script = element("script", {src: box.dataset.address});
    script.addEventListener("error", () => { box.textContent = "The rows did not come. The CSV file has them all."; });
    document.head.append(script);
  };
  for (const box of document.querySelectorAll(".table-rows[data-rows]")) {
    const fold = box.closest("details");
    fold.addEventListener("toggle", () => fold.open && load(box));
    if (fold.open) load(box);
  }

  // An address of something that lies folded opens the fold.
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let box = target.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    target.scrollIntoView({behavior: "instant"});
  };
  addEventListener("hashchange", open);
  open();
})();
