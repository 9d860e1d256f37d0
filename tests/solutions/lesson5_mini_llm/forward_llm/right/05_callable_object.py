# style: a class with a method for each box of the drawing
class Machine:
    def embed(self):
        return [vec_add(self.p["tok_emb"][i], self.p["pos_emb"][t]) for t, i in enumerate(self.ids)]

    def attend(self, xs):
        query = mat_vec(self.p["Wq"], xs[-1])
        keys = [mat_vec(self.p["Wk"], x) for x in xs]
        weights = softmax([score / math.sqrt(len(query)) for score in mat_vec(keys, query)])
        result = [0.0] * len(query)
        for weight, x in zip(weights, xs):
            result = vec_add(result, [weight * v for v in mat_vec(self.p["Wv"], x)])
        return result

    def think(self, x):
        inner = relu(vec_add(mat_vec(self.p["W1"], x), self.p["b1"]))
        return vec_add(mat_vec(self.p["W2"], inner), self.p["b2"])

    def __call__(self, ids, params):
        self.ids, self.p = ids, params
        xs = self.embed()
        x = vec_add(xs[-1], self.attend(xs))
        x = vec_add(x, self.think(x))
        return softmax(mat_vec(self.p["W_out"], x))


forward_llm = Machine()
