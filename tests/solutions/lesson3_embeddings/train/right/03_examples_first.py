# style: all examples prepared once, a tuple returned, prints now and then
def train(words, embeddings, W, b, epochs, lr, verbose=False):
    examples = []
    for word in words:
        wrapped = "." + word + "."
        for t in range(1, len(wrapped)):
            examples.append((get_context_vector(wrapped, t, embeddings), char_to_id[wrapped[t]]))
    history = ()
    for epoch in range(epochs):
        losses = [sgd_step(context, target, W, b, lr) for context, target in examples]
        history += (sum(losses) / len(losses),)
        if verbose:
            print(epoch, history[-1])
    return history
