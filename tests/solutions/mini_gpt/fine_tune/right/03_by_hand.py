# style: batches stacked by hand, loss written out
def fine_tune(model, dataset, epochs=1, lr=5e-5, batch_size=8):
    opt = torch.optim.AdamW(list(model.parameters()), lr)
    result = ()
    for _ in range(epochs):
        order = torch.randperm(len(dataset)).tolist()
        costs = []
        for start in range(0, len(order), batch_size):
            x = torch.stack([dataset[i] for i in order[start : start + batch_size]])
            logits = model(input_ids=x).logits
            cost = F.cross_entropy(logits[:, :-1].reshape(-1, logits.size(-1)), x[:, 1:].reshape(-1))
            model.zero_grad()
            cost.backward()
            opt.step()
            costs.append(float(cost))
        result += (sum(costs) / len(costs),)
    return result
