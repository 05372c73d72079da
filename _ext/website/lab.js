// A lab that opens runs its set-up cell by itself, so that nobody can skip it.
(async () => {
  const pause = milliseconds => new Promise(done => setTimeout(done, milliseconds));
  const isSetUp = cell => cell.model.getMetadata?.("tags")?.includes("setup");
  for (let patience = 600; patience; patience--, await pause(200)) {
    const app = window.jupyterapp, panel = app?.shell.currentWidget;
    const kernel = panel?.sessionContext?.session?.kernel;
    const cells = panel?.content?.widgets;
    if (!kernel || kernel.status === "unknown" || !cells?.length || !app.commands.hasCommand("notebook:run-cell")) continue;
    await panel.sessionContext.ready;
    const index = cells.findIndex(isSetUp);
    if (index < 0) return;
    panel.content.activeCellIndex = index;
    await app.commands.execute("notebook:run-cell");
    return;
  }
})();
