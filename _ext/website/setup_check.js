// Whether this browser runs the labs: on the page that asks (set-up.md). Nothing is sent, nothing is loaded from elsewhere.
(async () => {
  const box = document.getElementById("set-up-check");
  if (!box) return;
  const patient = (promise, seconds) =>
    Promise.race([promise, new Promise((_, stop) => setTimeout(() => stop(new Error("no answer")), 1000 * seconds))]);
  const megabytes = bytes => `${Math.round(bytes / 1e6).toLocaleString("en")} MB`;

  const browser = () => {
    const names = [["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["Chrome", "Chrome or a relative"], ["Version", "Safari or a relative"]];
    const [sign, name] = names.find(([sign]) => navigator.userAgent.includes(`${sign}/`)) ?? [];
    return sign ? `${name}, version ${navigator.userAgent.split(`${sign}/`)[1].split(/[ .;]/)[0]}` : "one that this page does not know";
  };

  // An empty program of eight bytes, and room for the Python that the labs run.
  const programs = async () => {
    const {instance} = await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
    new BigInt64Array(1);
    return instance ? "it can run them" : "";
  };
  const memory = async () => {
    new WebAssembly.Memory({initial: 4096}); // 256 MB, in pages of 64 kB
    const all = navigator.deviceMemory; // rounded; some browsers say at most 8, some nothing
    if (all && all < 4) throw new Error(`the computer has about ${all} GB`);
    return all ? `256 MB can be had, of ${all === 8 ? "8 GB or more" : `about ${all} GB`}` : "256 MB can be had";
  };
  const helpers = async () => {
    const address = URL.createObjectURL(new Blob(["postMessage(6 * 7)"], {type: "text/javascript"}));
    const worker = new Worker(address);
    try {
      const answer = await patient(new Promise((done, fail) => {
        worker.onmessage = event => done(event.data);
        worker.onerror = () => fail(new Error("they do not start"));
      }), 5);
      if (answer !== 42) throw new Error("they give a wrong answer");
    } finally {
      worker.terminate();
      URL.revokeObjectURL(address);
    }
    if (!isSecureContext) throw new Error("this address needs https");
    if (!navigator.serviceWorker) throw new Error("one kind is switched off, as in private browsing");
    await navigator.serviceWorker.getRegistrations();
    return "they start and answer";
  };
  const storage = async () => {
    const name = "set-up-check";
    await patient(new Promise((done, fail) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => done(asked.result.close());
      asked.onerror = () => fail(new Error("switched off, as in private browsing"));
    }), 5);
    indexedDB.deleteDatabase(name);
    const {quota} = (await navigator.storage?.estimate?.()) ?? {};
    if (quota && quota < 2e8) throw new Error(`only ${megabytes(quota)}, and the labs want 200 MB`);
    return quota ? `${megabytes(Math.min(quota, 1e10))}${quota > 1e10 ? " or more" : ""}` : "there is some";
  };
  const labs = async () => {
    const answer = await patient(fetch("lite/jupyter-lite.json"), 20);
    if (!answer.ok) throw new Error("this copy of the site was built without them");
    const settings = (await answer.json())["jupyter-config-data"]?.litePluginSettings ?? {};
    const home = settings["@jupyterlite/pyodide-kernel-extension:kernel"]?.pyodideUrl;
    return home ? "they are on this site, with their Python" : "they are on this site; their Python comes from cdn.jsdelivr.net when one starts";
  };

  if (location.protocol === "file:") {
    box.innerHTML = "<p>This page was opened from a disk. The labs need a server, because browsers run such programs only from one: with Python 3 on your machine, type \u201cpython serve.py site\u201d in the folder where READ-ME.txt lies.</p>";
    return;
  }
  const tests = [["Programs (WebAssembly)", programs], ["Memory", memory], ["Helpers (workers)", helpers], ["Storage", storage], ["The labs", labs]];
  const rows = await Promise.all(tests.map(async ([name, test]) => {
    try {
      return [name, true, await test()];
    } catch (error) {
      return [name, false, error.message];
    }
  }));
  const failed = rows.filter(([, good]) => !good).map(([name]) => name.split(" (")[0].toLowerCase());
  const table = document.createElement("table");
  table.className = "table data-table";
  for (const [name, good, said] of [["Browser", null, browser()], ...rows]) {
    const row = table.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = name;
    row.append(head);
    row.insertCell().textContent = good === null ? "" : good ? "yes" : "no";
    row.insertCell().textContent = said;
  }
  const verdict = document.createElement("p");
  verdict.textContent = failed.length ? `Not yet: ${failed.join(", ")}. What helps stands below.` : "Yes: as far as a page can tell, the labs run in this browser.";
  verdict.className = "verdict";
  verdict.dataset.ready = failed.length ? "no" : "yes";
  box.replaceChildren(verdict, table);
})();
