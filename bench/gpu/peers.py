"""PyTorch on the model folder and lengths of bench/gpu: transformers' generate, or TRL's DPOTrainer with a LoRA adapter.

    peers.py generate --model DIR --device cuda --batch 8 [--quick]
    peers.py train --model DIR --device cuda --form f32|int4 [--quick]

Prints one JSON line as part.ts does. Weights and products in bf16 on a card (as people run it), float32 on the processor; the
answers are sampled; `int4` is NF4 of bitsandbytes.
"""

import argparse
import json
import os
import sys
import tempfile
import time

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
os.environ["TQDM_DISABLE"] = "1"

import torch  # noqa: E402  (the variables above must be set first)
from transformers import AutoModelForCausalLM, AutoTokenizer, TrainerCallback  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["generate", "train"])
parser.add_argument("--model", required=True)
parser.add_argument("--device", default="cuda")
parser.add_argument("--batch", type=int, default=8)
parser.add_argument("--form", default="f32")
parser.add_argument("--quick", action="store_true")
options = parser.parse_args()
on_card = options.device == "cuda"
dtype = torch.bfloat16 if on_card else torch.float32


def load(**more):
    return AutoModelForCausalLM.from_pretrained(options.model, dtype=dtype, **more)


def generate():
    prompt_tokens, new_tokens = (16, 24) if options.quick else (128, 256)
    model = load().to(options.device).eval()
    vocab = model.config.vocab_size

    def run(rows):
        generator = torch.Generator().manual_seed(1)
        ids = torch.randint(0, vocab - 1, (rows, prompt_tokens), generator=generator).to(options.device)
        if on_card:
            torch.cuda.synchronize()
        began = time.perf_counter()
        out = model.generate(
            ids,
            attention_mask=torch.ones_like(ids),
            do_sample=True,
            top_k=0,
            min_new_tokens=new_tokens,
            max_new_tokens=new_tokens,
            pad_token_id=vocab - 1,
        )
        if on_card:
            torch.cuda.synchronize()
        return rows * (out.shape[1] - prompt_tokens), time.perf_counter() - began

    _, first = run(options.batch)
    tokens, seconds = run(options.batch)
    print(
        json.dumps(
            {
                "kind": "generate",
                "batch": options.batch,
                "tokensPerSecond": tokens / seconds,
                "firstSeconds": first,
            }
        )
    )


def train():
    from datasets import Dataset, disable_progress_bars
    from peft import LoraConfig
    from trl import DPOConfig, DPOTrainer

    disable_progress_bars()
    prompt_tokens, answer_tokens = (16, 16) if options.quick else (128, 128)
    steps, pairs = (2, 8) if options.quick else (6, 8)
    more = {}
    if options.form == "int4":
        from transformers import BitsAndBytesConfig

        more["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype
        )
    model = load(**more)
    tokenizer = AutoTokenizer.from_pretrained(options.model)
    generator = torch.Generator().manual_seed(1)

    def text(count):  # a token of two or three letters each: any list of them encodes back to itself
        ids = torch.randint(300, min(3000, len(tokenizer)) - 1, (count,), generator=generator).tolist()
        return tokenizer.decode(ids)

    rows = Dataset.from_list(
        [
            {"prompt": text(prompt_tokens), "chosen": text(answer_tokens), "rejected": text(answer_tokens)}
            for _ in range(pairs * steps)
        ]
    )
    starts, ends, losses = [], [], []

    class Clock(TrainerCallback):
        def on_step_begin(self, *_, **__):
            if on_card:
                torch.cuda.synchronize()
            starts.append(time.perf_counter())

        def on_step_end(self, *_, **__):
            if on_card:
                torch.cuda.synchronize()
            ends.append(time.perf_counter())

        def on_log(self, _args, _state, _control, logs=None, **__):
            if "loss" in (logs or {}):
                losses.append(logs["loss"])

    with tempfile.TemporaryDirectory() as out:
        trainer = DPOTrainer(
            model=model,
            args=DPOConfig(
                output_dir=out,
                per_device_train_batch_size=pairs,
                max_steps=steps,
                learning_rate=1e-5,
                lr_scheduler_type="constant",
                warmup_steps=0,
                weight_decay=0.0,
                max_grad_norm=1.0,
                optim="adamw_torch",
                beta=0.1,
                precompute_ref_log_probs=True,
                max_length=None,
                bf16=on_card,
                use_cpu=not on_card,
                report_to=[],
                logging_steps=1,
                logging_strategy="steps",
                save_strategy="no",
                disable_tqdm=True,
                seed=1,
            ),
            train_dataset=rows,
            processing_class=tokenizer,
            peft_config=LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM"),
            callbacks=[Clock()],
        )
        trainer.train()
    seconds = sum(end - start for start, end in zip(starts[1:], ends[1:]))
    print(
        json.dumps(
            {
                "kind": "train",
                "pairsPerSecond": pairs * (len(ends) - 1) / seconds,
                "step0Loss": losses[0] if losses else float("nan"),
                "steps": len(ends),
            }
        )
    )


with torch.no_grad() if options.what == "generate" else torch.enable_grad():
    generate() if options.what == "generate" else train()
sys.stdout.flush()
