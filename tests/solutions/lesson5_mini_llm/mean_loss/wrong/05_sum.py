# misconception: sum_for_mean
# why: forgets to divide
def mean_loss(words, params):
    losses = []
    for word in words:
        ids = [char_to_id[letter] for letter in "." + word + "."]
        for end in range(1, len(ids)):
            context = ids[max(0, end - CONTEXT):end]
            probs = forward_llm(context, params)
            losses.append(-math.log(probs[ids[end]]))
    return sum(losses)
