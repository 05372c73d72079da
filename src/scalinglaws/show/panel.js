// What ipywidgets leaves undone for keyboards and screen readers. It gives a slider's handle no name and a value such as
// 0.33999999999999997, lets the notebook's own arrow keys win over the handle's (they fold the notebook), leaves the
// handle of a disabled slider in the order of the Tab key, and gives its pictures no text alternative.
// `style` is the panel's style element, whose `onload` calls this wherever the panel is shown.
function supportPanel(style) {
  const panel = style.closest('.scalinglaws-panel');
  if (!panel) return;
  const put = (element, name, text) => element && element.getAttribute(name) !== text && element.setAttribute(name, text);
  const describe = () => {
    put(panel.querySelector('img'), 'alt', style.dataset.alt);
    for (const row of panel.querySelectorAll('.widget-slider')) {
      const handle = row.querySelector('.noUi-handle'), value = row.querySelector('.widget-readout');
      const label = row.querySelector('.widget-label').textContent, off = row.classList.contains('scalinglaws-off');
      put(handle, 'aria-label', label);
      put(handle, 'aria-disabled', String(off));
      put(handle, 'tabindex', off ? '-1' : '0');
      put(handle, 'data-lm-suppress-shortcuts', 'true');
      if (value) {
        put(handle, 'aria-valuetext', value.textContent);
        put(value, 'role', 'textbox');
        put(value, 'aria-label', label + ', typed');
        put(value, 'aria-disabled', String(off));
      }
    }
  };
  describe();
  new MutationObserver(describe).observe(panel, {childList: true, subtree: true, characterData: true,
    attributes: true, attributeFilter: ['aria-valuetext', 'class']});
}
