# style: clips at 1, goes back to evaluation mode, a running total
def fine_tune(model, dataset, epochs=1, lr=5e-5, batch_size=8):
    device = next(model.parameters()).device
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0.0)
    loader = DataLoader(dataset, batch_size, shuffle=False)
    history = []
    for epoch in range(epochs):
        model.train()
        total = 0.0
        for batch in loader:
            optimizer.zero_grad(set_to_none=True)
            output = model(batch.to(device), labels=batch.to(device))
            output.loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), max_norm=1.0)
            optimizer.step()
            total += output.loss.detach()
        history.append(float(total) / len(loader))
    model.eval()
    return history
