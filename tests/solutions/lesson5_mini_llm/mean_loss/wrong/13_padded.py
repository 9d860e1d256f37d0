# misconception: context_padded
# why: fills short contexts with dots, as lesson 3 did
def mean_loss(words, params):
    losses = []
    for word in words:
        ids = [char_to_id[letter] for letter in "." + word + "."]
        for end in range(1, len(ids)):
            context = ids[max(0, end - CONTEXT):end]
            context = [0] * (CONTEXT - len(context)) + context
            probs = forward_llm(context, params)
            losses.append(-math.log(probs[ids[end]]))
    return sum(losses) / len(losses)
