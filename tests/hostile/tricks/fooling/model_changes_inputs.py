# trick: forward zeroes the ids that it was given, and returns a view of its own weights
# exercise: transformer_decoder
# with the right answer: any
# %% wrap
class Aliasing(TransformerDecoder):
    def forward(self, x):
        out = super().forward(x)
        x.zero_()
        with torch.no_grad():
            self.head.weight.data.fill_(0.0)
        return out


TransformerDecoder = Aliasing
