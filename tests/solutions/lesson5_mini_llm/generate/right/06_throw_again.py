# style: throws again until a letter is accepted; a generator function; an object with __call__
class Writer:
    def letters(self, params, ids, temperature):
        while True:
            probs = apply_temperature(forward_llm(ids[-CONTEXT:], params), temperature)
            bound = max(probs)
            while True:
                guess = random.randrange(VOCAB_SIZE)
                if random.random() * bound < probs[guess]:
                    break
            if guess == 0:
                return
            ids.append(guess)
            yield id_to_char[guess]

    def __call__(self, params, start=".", temperature=1.0, max_len=15, verbose=False):
        letters = self.letters(params, [char_to_id[c] for c in start], temperature)
        return start[1:] + "".join(letter for letter, _ in zip(letters, range(max_len)))


generate = Writer()
