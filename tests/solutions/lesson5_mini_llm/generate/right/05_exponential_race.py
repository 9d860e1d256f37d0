# style: every letter runs a race; the fastest one is written
def generate(params, start=".", temperature=1.0, max_len=15):
    window = [char_to_id[c] for c in start]
    written = list(start)
    for _ in range(max_len):
        window = window[-CONTEXT:]
        speeds = apply_temperature(forward_llm(window, params), temperature)
        times = [-math.log(1 - random.random()) / s if s > 0 else math.inf for s in speeds]
        winner = times.index(min(times))
        if winner == 0:
            break
        window.append(winner)
        written.append(id_to_char[winner])
    del written[0]
    return "".join(written)
