# misconception: log_of_the_mean
# why: takes the mean of probabilities, then one logarithm
def mean_loss(words, params):
    losses = []
    for word in words:
        ids = [char_to_id[letter] for letter in "." + word + "."]
        for end in range(1, len(ids)):
            context = ids[max(0, end - CONTEXT):end]
            probs = forward_llm(context, params)
            losses.append(probs[ids[end]])
    return -math.log(sum(losses) / len(losses))
