# style: an instance of a class with __call__, which keeps the masks it made
class CausalMask:
    def __init__(self):
        self.made = {}

    def __call__(self, seq_len):
        if seq_len not in self.made:
            hidden = torch.ones(seq_len, seq_len, dtype=torch.bool).triu(1)
            self.made[seq_len] = torch.zeros(seq_len, seq_len).masked_fill_(hidden, -torch.inf)
        return self.made[seq_len].clone()


create_causal_mask = CausalMask()
