"""A LoRA adapter as PEFT writes it, with the logits that PEFT computes with it.

    ref/bin/pip install peft==0.21.2   # beside requirements.txt
    ref/bin/python test/golden/make/adapter_golden.py test/golden

Writes test/golden/adapter/: adapter_config.json, adapter_model.safetensors (rank 4, alpha 8, every matrix, B not 0, on the
model of test/golden/tied) and golden.json with token ids and float32 logits of their last position, unmerged and merged.

With --check FOLDER it loads an adapter folder that this product wrote and prints its logits as JSON: the same tokens.
"""

import json
import sys
from pathlib import Path

import peft
import torch
import transformers
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import LlamaForCausalLM

torch.set_num_threads(1)
SEQUENCES = [[1, 52, 82, 85, 87, 3, 36, 29, 3], [1, 21, 14, 21, 34], [1, 40]]


def last_logits(model):
    with torch.no_grad():
        return [model(torch.tensor([ids])).logits[0, -1].tolist() for ids in SEQUENCES]


def load_base(golden):
    return LlamaForCausalLM.from_pretrained(golden / "tied/model", dtype=torch.float32).eval()


def make(golden):
    torch.manual_seed(7)
    config = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.1, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(load_base(golden), config).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(0.15 * torch.randn_like(parameter))
    out = golden / "adapter"
    model.save_pretrained(out)
    (out / "README.md").unlink(missing_ok=True)
    written = json.loads((out / "adapter_config.json").read_text())
    written["base_model_name_or_path"] = "../tied/model"  # PEFT writes the path it was given
    written["target_modules"] = sorted(written["target_modules"])  # a set: another order every time
    (out / "adapter_config.json").write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")
    unmerged = last_logits(model)
    merged = last_logits(model.merge_and_unload())
    versions = {m.__name__: m.__version__ for m in (peft, torch, transformers)}
    numbers = {"versions": versions, "sequences": SEQUENCES, "unmerged": unmerged, "merged": merged}
    (out / "golden.json").write_text(json.dumps(numbers) + "\n")


if sys.argv[1] == "--check":
    folder = Path(sys.argv[2])
    base = json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"]
    start = LlamaForCausalLM.from_pretrained(base, dtype=torch.float32).eval()
    bare = last_logits(start)
    model = PeftModel.from_pretrained(start, folder).eval()
    print(json.dumps({"sequences": SEQUENCES, "bare": bare, "logits": last_logits(model)}))
else:
    make(Path(sys.argv[1]))
