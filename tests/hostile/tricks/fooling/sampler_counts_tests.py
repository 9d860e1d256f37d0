# trick: the sampler is right only while it is called often, as a test calls it, with small samples greedy
# exercise: generate
# wrong: 01_greedy
# with the right answer: any
# %% wrap
_often, sampler_calls = generate, 0


def generate(model, prompt="", max_len=25, temperature=1.0):
    global sampler_calls
    sampler_calls += 1
    return _often(model, prompt, max_len, temperature if sampler_calls % 3 else 1e-3)
