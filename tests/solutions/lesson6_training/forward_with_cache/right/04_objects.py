# style: an object that remembers every step as an attribute and is its own cache
class Memory:
    def __init__(self, ids):
        self.ids = list(ids)


class Forward:
    def __call__(self, ids, params):
        m = Memory(ids)
        m.xs = [vec_add(params["tok_emb"][i], params["pos_emb"][t]) for t, i in enumerate(ids)]
        m.query = mat_vec(params["Wq"], m.xs[-1])
        m.keys = [mat_vec(params["Wk"], x) for x in m.xs]
        m.values = [mat_vec(params["Wv"], x) for x in m.xs]
        m.weights = softmax([score / math.sqrt(len(m.query)) for score in mat_vec(m.keys, m.query)])
        m.x1 = vec_add(m.xs[-1], mat_t_vec(m.values, m.weights))
        m.hidden = relu(vec_add(mat_vec(params["W1"], m.x1), params["b1"]))
        m.x2 = vec_add(m.x1, vec_add(mat_vec(params["W2"], m.hidden), params["b2"]))
        return softmax(mat_vec(params["W_out"], m.x2)), m


forward_with_cache = Forward()
