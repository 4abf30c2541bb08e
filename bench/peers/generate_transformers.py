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
from transformers import AutoModelForCausalLM  # noqa: E402

torch.set_num_threads(threads)
spec = workload["generate"]
model = AutoModelForCausalLM.from_pretrained(workload["modelDir"], dtype=torch.float32).eval()
rates, first = {}, None


def run(batch, new_tokens):
    ids = torch.tensor(spec["prompts"][:batch])
    began = time.perf_counter()
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        min_new_tokens=new_tokens,
        max_new_tokens=new_tokens,
        pad_token_id=model.config.eos_token_id,
    )
    return time.perf_counter() - began, out[0, ids.shape[1] :].tolist()


for batch in spec["batches"]:
    run(batch, 2)
    best = min((run(batch, spec["newTokens"]) for _ in range(2)), key=lambda result: result[0])
    rates[str(batch)] = batch * spec["newTokens"] / best[0]
    first = first or best[1]
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({"tokensPerSecond": rates, "first": first, "peakBytes": int(peak.split()[1]) * 1024}))
