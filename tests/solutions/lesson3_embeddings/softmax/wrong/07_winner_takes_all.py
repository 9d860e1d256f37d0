# misconception: winner_takes_all
# why: 1 for the largest
def softmax(scores):
    largest = max(scores)
    return [1.0 if score == largest else 0.0 for score in scores]
