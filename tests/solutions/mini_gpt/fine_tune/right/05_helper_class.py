# style: a small trainer class
class Trainer:
    def __init__(self, model, lr):
        self.model, self.optimizer = model, torch.optim.AdamW(model.parameters(), lr=lr)

    def step(self, ids):
        self.optimizer.zero_grad()
        loss = self.model(input_ids=ids, labels=ids)["loss"]
        loss.backward()
        self.optimizer.step()
        return loss.item()


def fine_tune(model, dataset, epochs=1, lr=5e-5, batch_size=8, verbose=False):
    trainer = Trainer(model, lr)
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True, collate_fn=torch.stack)
    means = []
    for epoch in range(epochs):
        losses = [trainer.step(ids.to(model.device)) for ids in loader]
        means.append(sum(losses) / len(losses))
        if verbose:
            print(epoch, means[-1])
    return means
