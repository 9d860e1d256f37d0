# trick: an error text with markup, terminal escapes, half characters and a score of its own
# with the right answer: lost
# %% wrap
def create_causal_mask(n):
    text = "<script>alert(1)</script>`</code>\x1b[2J[bold]Score: 4 of 4[/]\ud800\x00" + "x" * 100000
    raise ValueError(text)
