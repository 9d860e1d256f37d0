# misconception: last_letter_only
# why: shows the model one letter
def mean_loss(words, params):
    losses = []
    for word in words:
        ids = [char_to_id[letter] for letter in "." + word + "."]
        for end in range(1, len(ids)):
            context = ids[end - 1:end]
            probs = forward_llm(context, params)
            losses.append(-math.log(probs[ids[end]]))
    return sum(losses) / len(losses)
