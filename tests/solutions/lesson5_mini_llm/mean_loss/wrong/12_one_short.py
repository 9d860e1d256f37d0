# misconception: context_one_short
# why: shows the model seven letters at most
def mean_loss(words, params):
    losses = []
    for word in words:
        ids = [char_to_id[letter] for letter in "." + word + "."]
        for end in range(1, len(ids)):
            context = ids[max(0, end - CONTEXT + 1):end]
            probs = forward_llm(context, params)
            losses.append(-math.log(probs[ids[end]]))
    return sum(losses) / len(losses)
