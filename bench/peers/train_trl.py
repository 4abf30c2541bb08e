"""PyTorch + TRL's DPOTrainer (reference log-probs precomputed) on the workload that peers share.

    train_trl.py WORKLOAD.json [--checkpointing]

Prints one JSON line: pairs per second of the steps after the first, the losses, and the peak resident memory.
Versions: requirements.txt beside this file.
"""

import json
import os
import sys
import tempfile
import time

workload = json.load(open(sys.argv[1]))
threads = workload["threads"]
os.environ["OMP_NUM_THREADS"] = str(threads)
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TQDM_DISABLE"] = "1"

import torch  # noqa: E402  (the variables above must be set first)
from datasets import Dataset, disable_progress_bars  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback  # noqa: E402
from trl import DPOConfig, DPOTrainer  # noqa: E402

torch.set_num_threads(threads)
disable_progress_bars()
train = workload["train"]
model = AutoModelForCausalLM.from_pretrained(workload["modelDir"], dtype=torch.float32)
tokenizer = AutoTokenizer.from_pretrained(workload["modelDir"])
pairs = train["pairs"]
for pair in pairs[:2]:  # the same tokens as everybody else's
    assert tokenizer(pair["prompt"])["input_ids"] == pair["promptIds"]
    assert tokenizer(pair["chosen"])["input_ids"] + [tokenizer.eos_token_id] == pair["chosenIds"]
rows = Dataset.from_list([{key: pair[key] for key in ("prompt", "chosen", "rejected")} for pair in pairs])


class Clock(TrainerCallback):
    def __init__(self):
        self.starts, self.ends, self.losses = [], [], []

    def on_step_begin(self, *_, **__):
        self.starts.append(time.perf_counter())

    def on_step_end(self, *_, **__):
        self.ends.append(time.perf_counter())

    def on_log(self, _args, _state, _control, logs=None, **__):
        if "loss" in (logs or {}):
            self.losses.append(logs["loss"])


clock = Clock()
began = time.perf_counter()
with tempfile.TemporaryDirectory() as out:
    trainer = DPOTrainer(
        model=model,
        args=DPOConfig(
            output_dir=out,
            per_device_train_batch_size=train["microBatch"],
            gradient_accumulation_steps=train["accumulate"],
            max_steps=train["steps"] + 1,
            learning_rate=train["lr"],
            lr_scheduler_type="constant",
            warmup_steps=0,
            weight_decay=0.0,
            max_grad_norm=1.0,
            optim="adamw_torch",
            beta=train["beta"],
            precompute_ref_log_probs=True,
            max_length=None,
            gradient_checkpointing="--checkpointing" in sys.argv,
            bf16=False,
            use_cpu=True,
            report_to=[],
            logging_steps=1,
            logging_strategy="steps",
            save_strategy="no",
            train_sampling_strategy="sequential",
            disable_tqdm=True,
            seed=1,
        ),
        train_dataset=rows,
        processing_class=tokenizer,
        callbacks=[clock],
    )
    trainer.train()
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
seconds = sum(end - start for start, end in zip(clock.starts[1:], clock.ends[1:]))
per_step = train["microBatch"] * train["accumulate"]
print(
    json.dumps(
        {
            "pairsPerSecond": per_step * (len(clock.ends) - 1) / seconds,
            "referenceSeconds": clock.starts[0] - began,
            "losses": clock.losses,
            "peakBytes": int(peak.split()[1]) * 1024,
        }
    )
)
