# style: itertools.chain and map
from itertools import chain


def get_context_vector(word, position, embeddings):
    window = (["."] * CONTEXT_SIZE + list(word))[position:][:CONTEXT_SIZE]
    return list(chain.from_iterable(map(lambda letter: embeddings[char_to_id[letter]], window)))
