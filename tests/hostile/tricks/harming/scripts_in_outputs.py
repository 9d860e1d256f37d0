# trick: scripts in every kind of output, and smuggled into outputs of earlier cells
# with the right answer: full
# %% before
from IPython.display import display

display("a harmless text", display_id="early")
# %% wrap
from IPython.display import HTML, SVG, Javascript, update_display

script = "<script>alert(1)</script><img src=x onerror=alert(1)>"
display(HTML(script), Javascript("alert(1)"), SVG("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"))
for mime in ("text/markdown", "text/latex", "application/pdf", "image/svg+xml", "text/html", "application/vnd.jupyter.widget-view+json"):
    display({mime: script}, raw=True, metadata={"x": script})
display({"image/png": 'iVBORw0KGgo"><script>alert(1)</script>', "image/jpeg": script}, raw=True)
update_display({"text/html": script, "image/svg+xml": script}, display_id="early", raw=True)
get_ipython().set_next_input(script)
# %% after
update_display({"text/html": script}, display_id="early", raw=True)
