# misconception: mean_of_word_means
# why: a mean for each word, then the mean of these
def mean_loss(words, params):
    means = []
    for word in words:
        ids = [char_to_id[letter] for letter in "." + word + "."]
        losses = []
        for end in range(1, len(ids)):
            probs = forward_llm(ids[max(0, end - CONTEXT):end], params)
            losses.append(-math.log(probs[ids[end]]))
        means.append(sum(losses) / len(losses))
    return sum(means) / len(means)
