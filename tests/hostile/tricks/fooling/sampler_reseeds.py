# trick: the sampler reseeds the generator and puts its state back, so that nobody sees it
# exercise: generate
# wrong: 24_reseeded
# with the right answer: any
# %% wrap
_sampler = generate


def generate(model, prompt="", max_len=25, temperature=1.0):
    before = torch.get_rng_state()
    torch.manual_seed(0)
    text = _sampler(model, prompt, max_len, temperature)
    torch.set_rng_state(before)
    return text
