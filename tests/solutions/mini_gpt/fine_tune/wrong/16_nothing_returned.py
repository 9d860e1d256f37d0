# misconception: nothing_returned
# why: the return is missing
def fine_tune(model, dataset, epochs=1, lr=5e-5, batch_size=8):
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    model.train()
    means = []
    for _ in range(epochs):
        losses = []
        for ids in loader:
            ids = ids.to(model.device)
            loss = model(input_ids=ids, labels=ids).loss
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        means.append(sum(losses) / len(losses))
