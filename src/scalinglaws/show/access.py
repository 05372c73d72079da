"""What a lab panel needs to serve keyboards, screen readers, thumbs and phones."""

import html

import ipywidgets as widgets

from scalinglaws.show.walk import settings

# ipywidgets gives a slider's handle no name, a value such as 0.33999999999999997, and lets the notebook's own arrow
# keys win over it (they fold the notebook); its Image has no text alternative. The page puts that right itself:
# a style element calls its `onload` wherever the panel is shown. Without it everything works but for these.
_SCRIPT = """
const panel = this.closest('.scalinglaws-panel');
if (!panel) return;
const put = (element, name, text) => element && element.getAttribute(name) !== text && element.setAttribute(name, text);
const name = () => {
  put(panel.querySelector('img'), 'alt', this.dataset.alt);
  for (const row of panel.querySelectorAll('.widget-slider')) {
    const handle = row.querySelector('.noUi-handle'), value = row.querySelector('.widget-readout');
    const label = row.querySelector('.widget-label').textContent;
    put(handle, 'aria-label', label);
    put(handle, 'data-lm-suppress-shortcuts', 'true');
    if (value) {
      put(handle, 'aria-valuetext', value.textContent);
      put(value, 'role', 'textbox');
      put(value, 'aria-label', label + ', typed');
    }
  }
};
name();
new MutationObserver(name).observe(panel, {childList: true, subtree: true, characterData: true,
  attributes: true, attributeFilter: ['aria-valuetext']});
"""
_STYLE = """
.scalinglaws-panel { max-width: 720px; overflow: hidden; contain: layout paint; }
.scalinglaws-panel > .widget-inline-hbox { flex-wrap: wrap;
  align-items: center; width: 100%; height: auto; margin: 2px 0; }
.scalinglaws-panel > .widget-inline-hbox > .widget-label {
  width: 13em !important; height: auto; line-height: 1.3; text-align: left; white-space: normal; }
.scalinglaws-panel .slider-container { flex: 1 1 8em; margin: 0 12px; }
.scalinglaws-panel .noUi-handle { width: 24px; height: 24px; top: -11px; right: -12px; }
.scalinglaws-panel .noUi-handle:focus-visible { outline: 3px solid #0072B2; outline-offset: 2px; }
.scalinglaws-panel .widget-readout { min-width: 4.5em; }
.scalinglaws-panel .widget-toggle-buttons > div { display: flex; flex-wrap: wrap; flex: 1 1 0; min-width: 12em; width: auto; }
.scalinglaws-panel .widget-toggle-button { width: auto; min-height: 28px; }
.scalinglaws-panel select { flex: 0 1 24em; min-height: 28px; }
.scalinglaws-panel .widget-checkbox { min-height: 28px; }
.scalinglaws-panel img { height: auto; }
.scalinglaws-readout { line-height: 1.4; margin: 2px 0; white-space: normal; }
@media (max-width: 600px) {
  .scalinglaws-panel > .widget-inline-hbox > .widget-label { width: 100% !important; }
  .scalinglaws-panel .noUi-handle { width: 28px; height: 28px; top: -13px; right: -14px; }
}
"""


def dress(control, name):
    """Give a control the width and label that a panel wants.

    Parameters
    ----------
    control : ipywidgets.Widget
        Changed in place.
    name : str
        For the message.

    Raises
    ------
    ValueError
        If it has no description: it would have no label and no name.
    """
    if not control.description:
        raise ValueError(f"{name} must have a description: it is the label, and the name for a screen reader")
    settings(control)
    control.style.description_width = "initial"
    control.layout.width, control.layout.max_width = "100%", "720px"


def page_support(alt):
    """Return the unseen element that names handles and picture and makes a panel fit a phone.

    Parameters
    ----------
    alt : str
        What is seen in the picture.

    Returns
    -------
    ipywidgets.HTML
    """
    script = html.escape(f"(function() {{{_SCRIPT}}}).call(this)")
    element = f'<style data-alt="{html.escape(alt)}" onload="{script}">{_STYLE}</style>'
    return widgets.HTML(element, layout={"display": "contents"})
