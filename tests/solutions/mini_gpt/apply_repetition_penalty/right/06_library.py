# style: the processor of transformers
def apply_repetition_penalty(logits, token_ids, penalty):
    from transformers import RepetitionPenaltyLogitsProcessor

    ids = torch.as_tensor(token_ids)[None, :]
    return RepetitionPenaltyLogitsProcessor(penalty)(ids, logits.clone()[None, :])[0]
