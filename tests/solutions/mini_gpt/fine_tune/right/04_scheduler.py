# style: a linear schedule, a tensor of means
def fine_tune(model, dataset, epochs=1, lr=5e-5, batch_size=8):
    loader = DataLoader(dataset, batch_size=batch_size, shuffle=True)
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr)
    total = max(1, epochs * len(loader))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(0.0, 1 - step / total))
    means = torch.zeros(epochs)
    model.train()
    for epoch in range(epochs):
        for ids in loader:
            out = model(input_ids=ids, attention_mask=torch.ones_like(ids), labels=ids.clone())
            loss = out[0]
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            means[epoch] += loss.item() / len(loader)
    return means
