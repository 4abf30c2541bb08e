"""transformers' generate (greedy, KV cache) on the workload that peers share.

    generate_transformers.py WORKLOAD.json

Prints one JSON line: new tokens per second for each batch size, the tokens of the first row, the peak resident memory.
"""

import json
import os
import sys
import time

workload = json.load(open(sys.argv[1]))
threads = workload["threads"]
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ["HF_HUB_OFFLINE"] = "1"

import torch  # noqa: E402  (the variable above must be set first)
from transformers import AutoModelForCausalLM, StoppingCriteria, StoppingCriteriaList  # noqa: E402

torch.set_num_threads(threads)
spec = workload["generate"]
now = time.process_time if workload["cpuTime"] else time.perf_counter
model = AutoModelForCausalLM.from_pretrained(workload["modelDir"], dtype=torch.float32).eval()
rates, first = {}, None


def run(batch, new_tokens):
    ids = torch.tensor(spec["prompts"][:batch])
    began = now()
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        min_new_tokens=new_tokens,
        max_new_tokens=new_tokens,
        pad_token_id=model.config.eos_token_id,
    )
    return now() - began, out[0, ids.shape[1] :].tolist()


for batch in spec["batches"]:
    run(batch, 2)
    best = min((run(batch, spec["newTokens"]) for _ in range(2)), key=lambda result: result[0])
    rates[str(batch)] = batch * spec["newTokens"] / best[0]
    first = first or best[1]


class OwnLength(StoppingCriteria):
    """Ends each row at its own length; generate stops when all have ended."""

    def __init__(self, prompt, lengths):
        self.ends = prompt + torch.tensor(lengths)

    def __call__(self, input_ids, scores, **kwargs):
        return input_ids.shape[1] >= self.ends


mixed = workload["mixed"]
rows = sorted(mixed["prompts"], key=lambda row: len(row["ids"]))  # as everybody batches: by prompt length
began, made = now(), 0
for start in range(0, len(rows), mixed["batch"]):
    batch = rows[start : start + mixed["batch"]]
    longest = max(len(row["ids"]) for row in batch)
    ids = torch.zeros(len(batch), longest, dtype=torch.long)
    mask = torch.zeros_like(ids)
    for at, row in enumerate(batch):  # left padding, which generate wants
        ids[at, longest - len(row["ids"]) :] = torch.tensor(row["ids"])
        mask[at, longest - len(row["ids"]) :] = 1
    lengths = [row["newTokens"] for row in batch]
    model.generate(
        ids,
        attention_mask=mask,
        do_sample=False,
        min_new_tokens=max(lengths),
        max_new_tokens=max(lengths),
        stopping_criteria=StoppingCriteriaList([OwnLength(longest, lengths)]),
        pad_token_id=model.config.eos_token_id,
    )
    made += sum(lengths)
mixed_rate = made / (now() - began)
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"tokensPerSecond": rates, "first": first, "mixed": mixed_rate, "peakBytes": int(peak.split()[1]) * 1024}))
