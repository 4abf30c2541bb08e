"""Reference numbers for every model family, made with transformers, PyTorch and PEFT.

Run once, by hand, wherever Python is at hand; the product and its tests never need it:

    ref/bin/pip install -r test/golden/make/requirements.txt -r test/golden/make/requirements-families.txt
    ref/bin/python test/golden/make/family_goldens.py test/golden/families [name … | rope | trl]

(`trl` writes nothing: it compares the DPO loss with TRL's trainer.)

For each of CASES it writes test/golden/families/<name>/:

    model/                Hugging Face folder of a tiny random model, its config.json in the style of transformers 4 or 5
    other-config.json     the same configuration in the other style (both must mean the same model)
    adapter/              the PEFT adapter that LoRA training starts from (A and B random, so gradients reach both)
    logits.safetensors    logits of the sequences named in golden.json
    golden.json           greedy tokens, per-step losses and gradient norms of three trainings, versions

and rope.json beside them: inverse frequencies and attention factors of transformers' ROPE_INIT_FUNCTIONS.

Weights are larger than a fresh model's, norms are not 1, biases not 0, caps and windows small: a feature that is left
out shows at once. The maths is transformers' own (eager attention), run in float64 by `Double`: every float32 that
transformers asks for on the way (norms, softmax, rotary tables) becomes float64. The same numbers in plain float32
are compared with it, and the largest difference stands as `float32Noise`. Greedy tokens come from `generate` with its
key-value cache, in float32; a step whose two best logits are closer than 1e-3 disqualifies a prompt.

Trainings: 20 steps of AdamW over all pairs at once, in make_goldens.py's schedule.
    full   SPIN sigmoid, beta 0.1, all weights; the opponent is the start model
    lora   the same on base + adapter, the opponent is base + starting adapter
    dpo    DPO sigmoid, beta 0.1, on a given preference set, all weights; the reference is the start model
"""

import json
import math
import platform
import shutil
import sys
import tempfile
from pathlib import Path

import numpy
import peft
import safetensors
import tokenizers
import torch
import torch.nn.functional as F
import transformers
from peft import LoraConfig, get_peft_model
from peft.utils import get_peft_model_state_dict, set_peft_model_state_dict
from safetensors.torch import save_file
from torch.overrides import TorchFunctionMode
from transformers import AutoConfig, AutoModelForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
from transformers.optimization import get_linear_schedule_with_warmup

import make_goldens
from make_goldens import BETA, CLIP, IGNORE, STEPS, WARMUP, make_batch, make_tokenizer, pad

VOCAB = 128  # the tokenizer has 99: as often, the embeddings have spare rows
NEW_TOKENS = 24
# Small enough that a loss does not sink to zero, where it would say little.
LEARNING_RATE = {"full": 2e-4, "lora": 1e-3, "dpo": 5e-5}
LOGIT_LENGTHS = (7, 26, 55)
PROMPT_LENGTHS = (5, 20, 41)

# Few, so that the tests of all families take seconds; one is longer than the windows and than Phi-3's short context.
SPIN_PAIRS = [make_goldens.PAIRS[i] for i in (0, 3, 6, 7)]
PREFERENCES = [
    ("Say hi", "Hello there.", "hi", "stop"),
    ("Capital of Italy", "Rome", "I do not know that one.", "stop"),
    ("Name a word of 5 letters", "apple", "banana", "stop"),
    ("Close the brackets: (([", "]))", ")))", "stop"),
]

SMALL = dict(hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1)
SIZES = dict(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2)
IDS = dict(vocab_size=VOCAB, bos_token_id=1, eos_token_id=2, pad_token_id=None)


def factors(pairs, low, high):
    return [round(low + (high - low) * i / max(1, pairs - 1), 4) for i in range(pairs)]


# Every config is written as transformers 5 takes it; `old` names the keys of transformers 4 that replace some of it in
# the other style. `style` says which of the two is the model folder's.
CASES = {
    # Llama 2 as Meta saved it: no rope keys, no head_dim, no key-value heads.
    "llama2": dict(
        seed=101, type="llama", style=4,
        config=dict(**{**SIZES, "num_key_value_heads": 4}, max_position_embeddings=256, rms_norm_eps=1e-5,
                    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
        old=dict(pretraining_tp=1), drop=["num_key_value_heads", "head_dim", "attention_bias", "mlp_bias"],
    ),
    "llama31": dict(
        seed=102, type="llama", style=4,
        config=dict(**SIZES, max_position_embeddings=256, tie_word_embeddings=True, head_dim=16,
                    rope_parameters={"rope_type": "llama3", "rope_theta": 500.0, "factor": 8.0, "low_freq_factor": 1.0,
                                     "high_freq_factor": 4.0, "original_max_position_embeddings": 64}),
        old=dict(rope_theta=500.0, rope_scaling={"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                                                 "original_max_position_embeddings": 64, "rope_type": "llama3"}),
    ),
    "smollm2": dict(
        seed=103, type="llama", style=4,
        config=dict(**{**SIZES, "num_attention_heads": 3, "num_key_value_heads": 1, "hidden_size": 96}, rms_norm_eps=1e-5,
                    max_position_embeddings=256, tie_word_embeddings=True, head_dim=32,
                    rope_parameters={"rope_type": "default", "rope_theta": 100000.0}),
        old=dict(rope_theta=100000, rope_scaling=None, rope_interleaved=False, is_llama_config=True, pretraining_tp=1,
                 **{"transformers.js_config": {"kv_cache_dtype": {"q4f16": "float16"}}}),
        drop=["head_dim"],
    ),
    "rope-linear": dict(
        seed=104, type="llama", style=5,
        config=dict(**SMALL, max_position_embeddings=256,
                    rope_parameters={"rope_type": "linear", "rope_theta": 1000.0, "factor": 4.0}),
        old=dict(rope_theta=1000.0, rope_scaling={"type": "linear", "factor": 4.0}),
    ),
    # Greedy answers stay within max_position_embeddings: beyond, transformers keeps keys turned by older frequencies.
    "rope-dynamic": dict(
        seed=105, type="llama", style=4, prompts=(5, 9, 14),
        config=dict(**SMALL, max_position_embeddings=40,
                    rope_parameters={"rope_type": "dynamic", "rope_theta": 1000.0, "factor": 2.0}),
        old=dict(rope_theta=1000.0, rope_scaling={"type": "dynamic", "factor": 2.0}),
    ),
    "rope-yarn": dict(
        seed=106, type="llama", style=5,
        config=dict(**SMALL, max_position_embeddings=256,
                    rope_parameters={"rope_type": "yarn", "rope_theta": 1000.0, "factor": 4.0, "beta_fast": 8.0,
                                     "beta_slow": 0.5, "original_max_position_embeddings": 64}),
        old=dict(rope_theta=1000.0, rope_scaling={"type": "yarn", "factor": 4.0, "beta_fast": 8.0, "beta_slow": 0.5,
                                                  "original_max_position_embeddings": 64}),
    ),
    "mistral": dict(
        seed=111, type="mistral", style=4,
        config=dict(**SIZES, max_position_embeddings=256, sliding_window=12, head_dim=16, rms_norm_eps=1e-5,
                    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
        old=dict(rope_theta=10000.0), drop=["head_dim"],
    ),
    # Zephyr: a window wider than anything here; heads of a size of their own (Mistral Nemo).
    "zephyr": dict(
        seed=112, type="mistral", style=5,
        config=dict(**SIZES, max_position_embeddings=8192, sliding_window=4096, head_dim=32, rms_norm_eps=1e-5,
                    rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
        old=dict(rope_theta=10000.0),
    ),
    "qwen2": dict(
        seed=121, type="qwen2", style=4,
        config=dict(**SIZES, max_position_embeddings=256, use_sliding_window=False, sliding_window=8, max_window_layers=1,
                    tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
        old=dict(rope_theta=1000000.0, sliding_window=8), drop=["layer_types"],
    ),
    "qwen2-window": dict(
        seed=122, type="qwen2", style=5,
        config=dict(**{**SIZES, "num_hidden_layers": 3}, max_position_embeddings=256, use_sliding_window=True,
                    sliding_window=10, max_window_layers=2,
                    rope_parameters={"rope_type": "yarn", "rope_theta": 1000000.0, "factor": 4.0,
                                     "original_max_position_embeddings": 64}),
        old=dict(rope_theta=1000000.0, rope_scaling={"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 64}),
        drop=["layer_types"],
    ),
    "qwen3": dict(
        seed=131, type="qwen3", style=5,
        config=dict(**SIZES, max_position_embeddings=256, head_dim=32, tie_word_embeddings=True,
                    rope_parameters={"rope_type": "default", "rope_theta": 1000000.0}),
        old=dict(rope_theta=1000000, rope_scaling=None), drop=["layer_types"],
    ),
    # Phi-3 128k: short and long factors on either side of 32 tokens; and a window, as Phi-3-mini-4k has one.
    "phi3": dict(
        seed=141, type="phi3", style=4, prompts=(5, 35, 41),
        config=dict(**SIZES, max_position_embeddings=256, original_max_position_embeddings=32, sliding_window=24,
                    rope_parameters={"rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 1.0,
                                     "short_factor": factors(8, 1.0, 1.4), "long_factor": factors(8, 1.0, 9.0),
                                     "original_max_position_embeddings": 32}),
        old=dict(rope_theta=10000.0, attention_bias=False,
                 rope_scaling={"type": "longrope", "short_factor": factors(8, 1.0, 1.4), "long_factor": factors(8, 1.0, 9.0)},
                 auto_map={"AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM"}),
    ),
    "phi4-mini": dict(
        seed=142, type="phi3", style=5, prompts=(5, 35, 41),
        # 48 of a head's 64 numbers are turned: the decode kernel takes multiples of 16.
        config=dict(**{**SIZES, "hidden_size": 128, "num_attention_heads": 2, "num_key_value_heads": 1},
                    max_position_embeddings=256, original_max_position_embeddings=32, sliding_window=None,
                    tie_word_embeddings=True,
                    rope_parameters={"rope_type": "longrope", "rope_theta": 10000.0, "partial_rotary_factor": 0.75,
                                     "short_factor": factors(24, 1.0, 1.2), "long_factor": factors(24, 1.0, 6.0),
                                     "original_max_position_embeddings": 32}),
        old=dict(rope_theta=10000.0, partial_rotary_factor=0.75, attention_bias=False, mlp_bias=False, lm_head_bias=False,
                 full_attn_mod=1, interpolate_factor=1,
                 rope_scaling={"type": "longrope", "short_factor": factors(24, 1.0, 1.2), "long_factor": factors(24, 1.0, 6.0)}),
    ),
    "gemma2": dict(
        seed=151, type="gemma2", style=4, gemma=True,
        config=dict(**{**SIZES, "num_hidden_layers": 3}, max_position_embeddings=256, head_dim=32, query_pre_attn_scalar=20,
                    sliding_window=12, attn_logit_softcapping=3.0, final_logit_softcapping=3.0,
                    hidden_activation="gelu_pytorch_tanh", rope_parameters={"rope_type": "default", "rope_theta": 10000.0}),
        old=dict(rope_theta=10000.0, hidden_act="gelu_pytorch_tanh", cache_implementation="hybrid"),
        drop=["layer_types", "use_bidirectional_attention"],
    ),
    # Gemma 3: local layers with a frequency of their own, global ones scaled; one global layer in three.
    "gemma3": dict(
        seed=161, type="gemma3_text", style=4, gemma=True,
        config=dict(**{**SIZES, "num_hidden_layers": 4}, max_position_embeddings=256, head_dim=16, query_pre_attn_scalar=24,
                    sliding_window=12, hidden_activation="gelu_pytorch_tanh",
                    layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention"],
                    rope_parameters={"sliding_attention": {"rope_type": "default", "rope_theta": 50.0},
                                     "full_attention": {"rope_type": "linear", "rope_theta": 1000.0, "factor": 8.0}}),
        old=dict(rope_theta=1000.0, rope_local_base_freq=50.0, rope_scaling={"factor": 8.0, "rope_type": "linear"},
                 sliding_window_pattern=3),
        drop=["layer_types", "use_bidirectional_attention", "_sliding_window_pattern"],
    ),
}


class Double(TorchFunctionMode):
    """Whatever asks PyTorch for float32 gets float64."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.float:
            return args[0].double()
        swap = lambda x: torch.float64 if x is torch.float32 else x
        return func(*map(swap, args), **{key: swap(value) for key, value in kwargs.items()})

    def __enter__(self):
        torch.set_default_dtype(torch.float64)
        return super().__enter__()

    def __exit__(self, *error):
        torch.set_default_dtype(torch.float32)
        return super().__exit__(*error)


def make_config(spec):
    config = AutoConfig.for_model(spec["type"], **json.loads(json.dumps(spec["config"])), **IDS)
    config._attn_implementation = "eager"
    return config


def make_model(spec):
    torch.manual_seed(spec["seed"])
    gemma = spec.get("gemma", False)
    model = AutoModelForCausalLM.from_config(make_config(spec)).float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("norm.weight"):
                # Gemma's factor is 1 + w. Its layers' outputs and its head are normed: these factors let the layers prevail
                # over the embedding, whose own token a tied head would else choose for ever.
                strong = gemma and ("post_" in name or name == "model.norm.weight")
                parameter.copy_((2.5 if strong else 0.0 if gemma else 1.0) + 0.25 * torch.randn_like(parameter))
            elif name.endswith("bias"):
                parameter.copy_(0.4 * torch.randn_like(parameter))
            elif "embed_tokens" in name or "lm_head" in name:
                parameter.copy_((0.07 if gemma else 0.5) * torch.randn_like(parameter))
            else:
                parameter.copy_(1.3 / math.sqrt(parameter.shape[1]) * torch.randn_like(parameter))
    return model.eval()


def copy_of(model, spec):
    """A fresh model with these weights, in whatever precision is in force."""
    copy = AutoModelForCausalLM.from_config(make_config(spec))
    copy = copy.to(torch.get_default_dtype())
    copy.load_state_dict(model.state_dict())
    copy.tie_weights()
    return copy.eval()


def styled(config, spec, style):
    """config.json's content in the keys of transformers 4 or 5."""
    config = json.loads(json.dumps(config))
    if style == 4:
        config.pop("rope_parameters")
        config["torch_dtype"] = config.pop("dtype")
        config["transformers_version"] = "4.48.0"
        for key in spec.get("drop", []):
            config.pop(key, None)
        config.update(spec["old"])
    return config


def write_folder(model, tokenizer, spec, out):
    folder = out / "model"
    if folder.exists():
        shutil.rmtree(folder)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "generation_config.json").unlink()
    (folder / "chat_template.jinja").unlink(missing_ok=True)
    tokenizer_config = json.loads((folder / "tokenizer_config.json").read_text())
    tokenizer_config["chat_template"] = make_goldens.TEMPLATE
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=2) + "\n")
    written = json.loads((folder / "config.json").read_text())
    ids = torch.arange(3, 60)[None]
    with torch.no_grad():
        own = model(ids).logits
        for style in (4, 5):
            text = json.dumps(styled(written, spec, style), indent=2) + "\n"
            (folder / "config.json").write_text(text)
            reloaded = AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager")
            assert torch.equal(own, reloaded(ids).logits), f"style {style} means another model"
            if style != spec["style"]:
                (out / "other-config.json").write_text(text)
    (folder / "config.json").write_text(json.dumps(styled(written, spec, spec["style"]), indent=2) + "\n")


def random_ids(length, seed):
    generator = torch.Generator().manual_seed(seed)
    return [1, *torch.randint(3, VOCAB, (length - 1,), generator=generator).tolist()]


def make_logits(model, spec, out):
    names, logits, noise = [], {}, 0.0
    for length in LOGIT_LENGTHS:
        ids = random_ids(length, spec["seed"] * 100 + length)
        with torch.no_grad():
            plain = copy_of(model, spec)(torch.tensor([ids]), use_cache=False).logits[0]
            with Double():
                exact = copy_of(model, spec)(torch.tensor([ids]), use_cache=False).logits[0]
        noise = max(noise, (exact - plain).abs().max().item())
        logits[f"length{length}"] = exact.to(torch.float32).contiguous()
        names.append({"name": f"length{length}", "tokenIds": ids})
    save_file(logits, out / "logits.safetensors")
    return names, noise


def greedy(model, spec):
    kept = []
    for length in spec.get("prompts", PROMPT_LENGTHS):
        for attempt in range(200):
            ids = random_ids(length, spec["seed"] * 1000 + length + 7919 * attempt)
            out = copy_of(model, spec).generate(
                torch.tensor([ids]),
                attention_mask=torch.ones(1, len(ids), dtype=torch.long),
                max_new_tokens=NEW_TOKENS,
                do_sample=False,
                eos_token_id=2,
                pad_token_id=0,
                output_logits=True,
                return_dict_in_generate=True,
            )
            tokens = out.sequences[0, length:].tolist()
            gaps = [(top := logits[0].topk(2).values)[0].item() - top[1].item() for logits in out.logits]
            # An answer that repeats one token tests little of the cache.
            if min(gaps) > 1e-3 and len(tokens) == NEW_TOKENS and len(set(tokens)) >= 6:
                break
        else:
            raise SystemExit(f"no usable greedy answer of a prompt of {length}")
        # The cache must not change the answer: each token again, from the whole sequence at once. (Short of the limit of
        # "longrope" this also says that all tokens come from one set of frequencies.)
        with torch.no_grad():
            whole = copy_of(model, spec)(torch.tensor([ids + tokens[:-1]]), use_cache=False).logits[0, length - 1 :]
        again = whole.argmax(-1).tolist()
        assert again == tokens, (length, again, tokens)
        kept.append({"promptIds": ids, "tokens": tokens, "finishReason": "length", "contextLength": length + NEW_TOKENS,
                     "smallestGap": min(gaps)})
    return kept


def pair_logps(model, pairs):
    """Summed log-probs of the real and of the generated answers, all padded together as the official trainer does."""
    sequences = [(p["promptIds"], p["realIds"]) for p in pairs] + [(p["promptIds"], p["generatedIds"]) for p in pairs]
    ids, mask, labels = pad(sequences)
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits[:, :-1]
    answered = labels[:, 1:] != IGNORE
    targets = labels[:, 1:].masked_fill(~answered, 0)
    per_token = logits.log_softmax(-1).gather(2, targets[:, :, None])[:, :, 0]
    logps = (per_token * answered).sum(-1)
    return logps[: len(pairs)], logps[len(pairs) :]


def sigmoid_loss(real, generated, opponent):
    """SPIN and DPO alike: −log σ(β·h), h = the policy's log-ratio of the two answers less the opponent's."""
    h = (real - generated) - (opponent[0] - opponent[1])
    return -F.logsigmoid(BETA * h).mean()


def train(model, parameters, pairs, lr):
    """20 steps on all pairs; the opponent is the model as it comes in."""
    with torch.no_grad():
        opponent = [x.clone() for x in pair_logps(model, pairs)]
    optimizer = torch.optim.AdamW(parameters, lr=lr, weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    steps = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        real, generated = pair_logps(model, pairs)
        loss = sigmoid_loss(real, generated, opponent)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        used = optimizer.param_groups[0]["lr"]
        optimizer.step()
        schedule.step()
        margin = (real - opponent[0]) - (generated - opponent[1])
        steps.append({"loss": loss.item(), "margin": BETA * margin.mean().item(), "gradNorm": norm.item(), "lr": used})
    return steps


def batch_of(tokenizer, pairs):
    make_goldens.PAIRS, before = pairs, make_goldens.PAIRS
    batch = make_batch(tokenizer)
    make_goldens.PAIRS = before
    return batch


def make_adapter(model, spec, out):
    folder = out / "adapter"
    if folder.exists():
        shutil.rmtree(folder)
    settings = LoraConfig(r=4, lora_alpha=8, lora_dropout=0.0, target_modules="all-linear", bias="none", task_type="CAUSAL_LM")
    adapted = get_peft_model(copy_of(model, spec), settings)
    torch.manual_seed(spec["seed"] + 5)
    with torch.no_grad():
        for name, parameter in adapted.named_parameters():
            if "lora_A" in name:
                parameter.copy_(torch.randn_like(parameter) / math.sqrt(parameter.shape[1]))
            elif "lora_B" in name:
                parameter.copy_(0.15 * torch.randn_like(parameter))
    adapted.save_pretrained(folder)
    (folder / "README.md").unlink(missing_ok=True)
    written = json.loads((folder / "adapter_config.json").read_text())
    # PEFT writes a set here, in any order, and the path of the machine that made it.
    written["target_modules"] = sorted(written["target_modules"])
    written["base_model_name_or_path"] = "../model"
    (folder / "adapter_config.json").write_text(json.dumps(written, indent=2) + "\n")
    return settings, get_peft_model_state_dict(adapted)


def adapted_copy(model, spec, settings, state):
    adapted = get_peft_model(copy_of(model, spec), LoraConfig(**{**settings.to_dict(), "target_modules": "all-linear"}))
    set_peft_model_state_dict(adapted, {key: value.to(torch.get_default_dtype()) for key, value in state.items()})
    return adapted.eval()


def make_case(name, spec, tokenizer, root, versions):
    out = root / name
    out.mkdir(parents=True, exist_ok=True)
    model = make_model(spec)
    write_folder(model, tokenizer, spec, out)
    spin_pairs = batch_of(tokenizer, SPIN_PAIRS)
    dpo_pairs = batch_of(tokenizer, PREFERENCES)
    names, logit_noise = make_logits(model, spec, out)
    settings, adapter = make_adapter(model, spec, out)

    def start(run, pairs):
        copy = adapted_copy(model, spec, settings, adapter) if run == "lora" else copy_of(model, spec)
        trained = [p for p in copy.parameters() if p.requires_grad]
        return train(copy, trained, pairs, LEARNING_RATE[run])

    runs, noise = {}, {"logits": logit_noise}
    for run, pairs in [("full", "pairs"), ("lora", "pairs"), ("dpo", "preferences")]:
        rows = spin_pairs if pairs == "pairs" else dpo_pairs
        plain = start(run, rows)
        with Double():
            exact = start(run, rows)
        assert abs(exact[0]["loss"] - math.log(2)) < 1e-12
        noise[f"loss.{run}"] = max(abs(a["loss"] - b["loss"]) for a, b in zip(exact, plain))
        longest = max(len(p["promptIds"]) + max(len(p["realIds"]), len(p["generatedIds"])) for p in rows)
        runs[run] = {"rows": pairs, "beta": BETA, "weightDecay": 0.01, "lr": LEARNING_RATE[run], "warmupSteps": WARMUP, "steps": STEPS,
                     "clipNorm": CLIP, "contextLength": longest, "perStep": exact}

    keep = lambda pairs: [{key: p[key] for key in ("promptIds", "realIds", "generatedIds")} for p in pairs]
    golden = {
        "versions": versions,
        "eosIds": [2],
        "logits": names,
        "greedy": greedy(model, spec),
        "pairs": keep(spin_pairs),
        "preferences": keep(dpo_pairs),
        "runs": runs,
        "float32Noise": noise,
    }
    (out / "golden.json").write_text(json.dumps(golden, separators=(",", ":")).replace('],"', '],\n"').replace('},"', '},\n"') + "\n")
    size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
    print(f"{name}: {size / 1024:.0f} KiB", {key: f"{value:.1e}" for key, value in noise.items()},
          "lengths", [r["contextLength"] for r in runs.values()],
          {key: [round(s["loss"], 4) for s in r["perStep"]][::6] for key, r in runs.items()},
          "gaps", [round(g["smallestGap"], 3) for g in golden["greedy"]], flush=True)


def check_against_trl(tokenizer, folder):
    """One batch through TRL's DPOTrainer: policy = a perturbed copy, reference = the start model; prints both losses."""
    from datasets import Dataset
    from trl import DPOConfig, DPOTrainer

    spec = CASES["llama31"]
    start = make_model(spec)
    policy = copy_of(start, spec)
    torch.manual_seed(7)
    with torch.no_grad():
        for parameter in policy.parameters():
            parameter.add_(0.1 * parameter.std() * torch.randn_like(parameter))
    rows = []
    for prompt, chosen, rejected, _ in PREFERENCES:
        messages = [{"role": "user", "content": prompt}]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        rows.append({"prompt": text, "chosen": chosen, "rejected": rejected})
    settings = DPOConfig(
        output_dir=str(folder), beta=BETA, per_device_train_batch_size=len(rows), use_cpu=True, report_to=[], max_length=None,
        bf16=False, fp16=False, gradient_checkpointing=False,
    )
    tokenizer.pad_token = "<unk>"
    trainer = DPOTrainer(policy, ref_model=copy_of(start, spec), args=settings, train_dataset=Dataset.from_list(rows),
                         processing_class=tokenizer)
    batch = next(iter(trainer.get_train_dataloader()))
    theirs = trainer.compute_loss(policy.eval(), batch).item()
    pairs = batch_of(tokenizer, PREFERENCES)
    with torch.no_grad():
        real, generated = pair_logps(policy, pairs)
        opponent = pair_logps(start, pairs)
        ours = sigmoid_loss(real, generated, opponent).item()
    print("DPO loss of one batch: TRL", theirs, "here", ours)
    assert abs(theirs - ours) < 1e-5


def make_rope(path, versions):
    """Of a head of 64 numbers: what ROPE_INIT_FUNCTIONS returns, computed in float64."""
    base = dict(rope_theta=10000.0)
    yarn = dict(base, rope_type="yarn", factor=4.0, original_max_position_embeddings=2048)
    longrope = dict(base, rope_type="longrope", short_factor=factors(32, 1.0, 1.5), long_factor=factors(32, 1.0, 30.0),
                    original_max_position_embeddings=2048)
    llama3 = dict(rope_theta=500000.0, rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0,
                  original_max_position_embeddings=2048)
    cases = [
        (dict(base, rope_type="default"), [None]),
        (dict(base, rope_type="linear", factor=2.5), [None]),
        (dict(base, rope_type="linear", factor=2.5, partial_rotary_factor=0.5), [None]),
        (dict(base, rope_type="dynamic", factor=3.0), [1000, 8192, 8193, 30000]),
        (llama3, [None]),
        (dict(llama3, factor=32.0, low_freq_factor=2.0, high_freq_factor=3.0), [None]),
        (yarn, [None]),
        (dict(yarn, attention_factor=1.25), [None]),
        (dict(yarn, beta_fast=16.0, beta_slow=2.0), [None]),
        (dict(yarn, mscale=0.707, mscale_all_dim=1.0), [None]),
        (dict(yarn, mscale=0.707), [None]),
        (dict(yarn, truncate=False), [None]),
        (dict(yarn, partial_rotary_factor=0.5, factor=40.0), [None]),
        (dict(yarn, factor=None), [None]),
        (longrope, [2048, 2049]),
        (dict(longrope, factor=16.0), [100, 9000]),
        (dict(longrope, attention_factor=1.19), [100, 9000]),
        (dict(longrope, original_max_position_embeddings=8192), [9000]),
    ]
    written = []
    for parameters, lengths in cases:
        for length in lengths:
            config = AutoConfig.for_model("llama", hidden_size=256, num_attention_heads=4, max_position_embeddings=8192,
                                          rope_parameters=dict(parameters))
            with Double():
                if parameters["rope_type"] == "default":
                    from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding
                    inverse, factor = LlamaRotaryEmbedding.compute_default_rope_parameters(config)
                else:
                    inverse, factor = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, seq_len=length)
            written.append({"parameters": parameters, "headDim": 64, "maxPositions": 8192, "contextLength": length,
                            "inverseFrequencies": inverse.tolist(), "attentionFactor": float(factor)})
    path.write_text(json.dumps({"versions": versions, "cases": written}, separators=(",", ":")).replace('},{', '},\n{') + "\n")
    print("rope.json", len(written), "cases", path.stat().st_size // 1024, "KiB")


def main():
    root = Path(sys.argv[1])
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "peft": peft.__version__,
        "tokenizers": tokenizers.__version__,
        "safetensors": safetensors.__version__,
        "numpy": numpy.__version__,
    }
    tokenizer = make_tokenizer()
    chosen = sys.argv[2:]
    if not chosen or "rope" in chosen:
        make_rope(root / "rope.json", versions)
    if "trl" in chosen:
        with tempfile.TemporaryDirectory() as folder:
            check_against_trl(tokenizer, folder)
    for name, spec in CASES.items():
        if not chosen or name in chosen:
            make_case(name, spec, tokenizer, root, versions)


if __name__ == "__main__":
    main()
