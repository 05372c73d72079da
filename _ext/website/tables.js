// Tables that do more where scripts run: the ledger is sorted and filtered, rows of a table come when they are asked for.
(() => {
  const element = (name, parts = {}, ...children) => {
    const made = Object.assign(document.createElement(name), parts);
    made.append(...children);
    return made;
  };

  // The ledger: lists pick an article or a verdict and say by what to sort; so does ?article=TechCrunch in the address. It
  // has a part for each chapter; any other order puts all rows into one. A button in each row opens what is not the
  // article's own words or the verdict in a word, or the page would be endless.
  for (const table of document.querySelectorAll("table.ledger")) {
    const heads = [...table.tHead.rows[0].cells].map(head => head.textContent.split(",")[0]), asked = new URLSearchParams(location.search);
    const parts = [...table.tBodies].map(body => ({body, head: body.rows[0], rows: [...body.rows].slice(1)}));
    const rows = parts.flatMap(part => part.rows), key = (row, by) => row.cells[by].dataset.sort;
    const chapters = heads.indexOf("Chapter");
    const show = () => {
      for (const row of rows) row.hidden = picks.some(({list, by}) => list.value !== "" && key(row, by) !== list.value);
      for (const part of parts) part.head.hidden = Number(order.value) !== chapters || part.rows.every(row => row.hidden);
      said.textContent = `${rows.filter(row => !row.hidden).length} of ${rows.length} claims shown`;
    };
    const pick = (name, all, by, words) => {
      const names = [...new Set(rows.map(row => key(row, by)))].sort();
      const option = value => element("option", {value, textContent: `${words(value)} (${rows.filter(row => key(row, by) === value).length})`});
      const list = element("select", {className: `ledger-${name}`}, element("option", {value: "", textContent: all}), ...names.map(option));
      list.value = names.find(value => words(value) === asked.get(name)) ?? "";
      list.addEventListener("change", () => {
        show();
        const address = new URL(location);
        address.hash = "";
        if (list.value) address.searchParams.set(name, words(list.value));
        else address.searchParams.delete(name);
        try { history.replaceState(null, "", address); } catch { /* from a disk the address stays as it is */ }
      });
      return {list, by};
    };
    const picks = [
      pick("article", "All articles", heads.indexOf("Article"), name => name),
      pick("verdict", "All verdicts", heads.indexOf("Verdict"), name => name.replace(/^\d /, "").replace(/^./, first => first.toUpperCase())),
    ];
    const said = element("span", {className: "ledger-count"});
    said.setAttribute("role", "status");
    const order = element("select", {className: "ledger-order"}, ...heads.map((textContent, value) => element("option", {value, textContent})));
    order.value = chapters;
    order.addEventListener("change", () => {
      const by = Number(order.value);
      if (by === chapters) for (const {body, rows} of parts) body.append(...rows);
      else parts[0].body.append(...[...rows].sort((a, b) => key(a, by).localeCompare(key(b, by), "en", {numeric: true})));
      show();
    });
    show();
    const tools = element("p", {className: "ledger-tools"}, element("label", {}, "Article ", picks[0].list),
      element("label", {}, "Verdict ", picks[1].list), element("label", {}, "Sort by ", order));
    if (!asked.has("find")) { // what was searched for is not folded away
      table.classList.add("ledger-folding");
      const turn = (row, open) => row.querySelector(".ledger-more").setAttribute("aria-expanded", String(row.classList.toggle("ledger-open", open)));
      for (const row of rows) {
        const button = element("button", {type: "button", className: "ledger-more", textContent: "Reading and verdict"});
        button.addEventListener("click", () => turn(row));
        row.cells[1].append(button);
        turn(row, false);
      }
      const all = element("button", {type: "button", textContent: "Open all"});
      all.addEventListener("click", () => {
        const open = all.textContent === "Open all";
        for (const row of rows) turn(row, open);
        all.textContent = open ? "Close all" : "Open all";
      });
      tools.append(all);
    }
    tools.append(said);
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
