# style: the logarithm of each word's probability, words from the last to the first
def mean_loss(words, params, context=CONTEXT):
    log_likelihood = 0.0
    letters = 0
    for word in reversed(words):
        ids = list(map(char_to_id.get, "." + word + "."))
        probability = 1.0
        for k, target in enumerate(ids[1:], start=1):
            probability *= forward_llm(ids[:k][-context:], params)[target]
        log_likelihood += math.log(probability)
        letters += len(ids) - 1
    return -log_likelihood / letters
