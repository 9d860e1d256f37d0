# misconception: first_letters_kept
# why: cuts long words at the wrong end
def mean_loss(words, params):
    losses = []
    for word in words:
        ids = [char_to_id[letter] for letter in "." + word + "."]
        for end in range(1, len(ids)):
            context = ids[:end][:CONTEXT]
            probs = forward_llm(context, params)
            losses.append(-math.log(probs[ids[end]]))
    return sum(losses) / len(losses)
