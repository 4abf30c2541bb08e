"""Reference numbers for the engine, made with PyTorch and transformers.

Run once, by hand, wherever Python is at hand; the product and its tests never need it:

    python -m venv ref && ref/bin/pip install -r test/golden/make/requirements.txt
    ref/bin/python test/golden/make/make_goldens.py test/golden

For each of two tiny random Llamas it writes test/golden/<variant>/:

    model/                     Hugging Face folder (policy at step 0)
    opponent.safetensors       a perturbed copy: the opponent of every SPIN number that says `perturbed`
    golden.json                batch, log-probs, losses, metrics, per-step losses and norms, greedy tokens, versions
    logits.safetensors         logits of the sequences named in golden.json
    grads-<case>.safetensors   gradient of every parameter
    after-<case>.safetensors   every parameter after 20 optimizer steps

The SPIN loss and the response log-probs are those of the official trainer (uclaml/SPIN, spin/alignment/trainer.py:
spin_loss, _get_batch_logps), with two deliberate differences that the product makes too: EOS inside a sequence stays
visible to attention, and nothing but padding is masked. Everything runs in float64 (transformers casts norms, softmax
and rotary tables to float32: those three are replaced, see `in_double`); the same numbers in plain float32 transformers
are compared with it and the largest difference is written down as `float32Noise`, which is what a float32 engine may
be expected to reach.
"""

import json
import math
import platform
import sys
from pathlib import Path

import numpy
import safetensors
import tokenizers
import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
from transformers.models.llama import modeling_llama
from transformers.optimization import get_linear_schedule_with_warmup

import host_goldens

BETA = 0.1
LR = 1e-3
STEPS = 20
WARMUP = 2
CLIP = 1.0
NEW_TOKENS = 16
IGNORE = -100  # label of prompt and padding positions, as in the official trainer

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ 'A: ' + message['content'] + eos_token }}{% else %}"
    "{{ ('Q: ' if message['role'] == 'user' else 'S: ') + message['content'] + '\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'A: ' }}{% endif %}"
)

# (prompt, real answer, generated answer, finish reason of the generated answer). A capped answer has no EOS.
PAIRS = [
    ("Sort 3 1 2", "1 2 3", "1 3", "stop"),
    ("Name a word of 4 letters", "tree", "leaves", "stop"),
    ("2+2?", "4", "5", "stop"),
    ("Say hi", "Hi! How are you?", "Hi hi hi hi hi hi hi", "length"),
    ("Code with 6 digits", "402917", "40291", "stop"),
    ("?", "Please ask again.", "no", "stop"),
    ("Balanced brackets, 3 pairs", "(()())", "(()", "length"),
    ("Capital of France", "Paris", "Rome", "stop"),
]

VARIANTS = {
    "tied": dict(seed=11, tie=True, bias=False, theta=10000.0, eps=1e-5),
    "biased": dict(seed=27, tie=False, bias=True, theta=500000.0, eps=1e-6),
}


def make_tokenizer():
    """Character level: BPE without merges. Ids: 0 <unk>, 1 <s>, 2 </s>, 3 newline, then ASCII 32–126."""
    vocab = {"<unk>": 0, "<s>": 1, "</s>": 2, "\n": 3}
    for code in range(32, 127):
        vocab[chr(code)] = len(vocab)
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocab, merges=[], unk_token="<unk>"))
    tokenizer.decoder = tokenizers.decoders.Fuse()
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        chat_template=TEMPLATE,
        clean_up_tokenization_spaces=False,
    )


def make_model(spec, vocab):
    torch.manual_seed(spec["seed"])
    config = LlamaConfig(
        vocab_size=vocab,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,  # head size 16: what the decode kernel takes at least
        num_key_value_heads=1,
        max_position_embeddings=128,
        rms_norm_eps=spec["eps"],
        rope_parameters={"rope_type": "default", "rope_theta": spec["theta"]},
        tie_word_embeddings=spec["tie"],
        attention_bias=spec["bias"],
        mlp_bias=spec["bias"],
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=None,
    )
    config._attn_implementation = "eager"
    model = LlamaForCausalLM(config).float()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("norm.weight"):
                parameter.copy_(1 + 0.2 * torch.randn_like(parameter))
            elif name.endswith("bias"):
                parameter.copy_(0.2 * torch.randn_like(parameter))
            elif "embed_tokens" in name or "lm_head" in name:
                parameter.copy_(0.5 * torch.randn_like(parameter))
            else:
                parameter.copy_(1.2 / math.sqrt(parameter.shape[1]) * torch.randn_like(parameter))
    model.eval()
    return model


def in_double(model):
    """A float64 copy whose norms, softmax and rotary tables are float64 too; the maths is transformers' own."""
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy = copy.double().eval()
    head_dim = model.config.hidden_size // model.config.num_attention_heads
    theta = model.config.rope_parameters["rope_theta"]

    def norm(self, hidden):
        variance = hidden.pow(2).mean(-1, keepdim=True)
        return self.weight * (hidden * torch.rsqrt(variance + self.variance_epsilon))

    def rotary(self, x, position_ids):
        inverse = theta ** (-torch.arange(0, head_dim, 2, dtype=torch.float64) / head_dim)
        angles = position_ids[:, :, None].double() * inverse
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)

    for module in copy.modules():
        if isinstance(module, modeling_llama.LlamaRMSNorm):
            module.forward = norm.__get__(module)
        elif isinstance(module, modeling_llama.LlamaRotaryEmbedding):
            module.forward = rotary.__get__(module)
        elif isinstance(module, modeling_llama.LlamaAttention):
            module.config._attn_implementation = "sdpa"  # its math kernel keeps float64; eager casts softmax to float32
    return copy


def perturbed(model, seed):
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.tie_weights()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for _, parameter in copy.named_parameters():
            parameter.add_(0.35 * parameter.std().clamp(min=0.1) * torch.randn(parameter.shape, generator=generator))
    return copy.eval()


def make_batch(tokenizer):
    pairs = []
    for prompt, real, generated, finish in PAIRS:
        messages = [{"role": "user", "content": prompt}]
        text = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        encode = lambda s: tokenizer.encode(s, add_special_tokens=False)
        pairs.append(
            {
                "prompt": prompt,
                "real": real,
                "generated": generated,
                "finishReason": finish,
                "promptIds": encode(text),
                "realIds": encode(real) + [2],
                "generatedIds": encode(generated) + ([2] if finish == "stop" else []),
            }
        )
    return pairs


def pad(sequences):
    """[(prompt, response)] → right-padded ids, attention mask, labels [B, S]."""
    length = max(len(p) + len(r) for p, r in sequences)
    ids = torch.zeros(len(sequences), length, dtype=torch.long)
    mask = torch.zeros_like(ids)
    labels = torch.full_like(ids, IGNORE)
    for row, (prompt, response) in enumerate(sequences):
        n = len(prompt) + len(response)
        ids[row, :n] = torch.tensor(prompt + response)
        mask[row, :n] = 1
        labels[row, len(prompt) : n] = torch.tensor(response)
    return ids, mask, labels


def batch_logps(logits, labels):
    """
    Summed log-prob of the response tokens: the official trainer's _get_batch_logps. Returns ([B], token counts, summed
    entropy of the next-token distribution at those tokens [B]).
    """
    labels = labels[:, 1:].clone()
    logits = logits[:, :-1, :]
    loss_mask = labels != IGNORE
    labels[labels == IGNORE] = 0
    per_token = torch.gather(logits.log_softmax(-1), dim=2, index=labels.unsqueeze(2)).squeeze(2)
    entropy = torch.distributions.Categorical(logits=logits.detach()).entropy()
    return (per_token * loss_mask).sum(-1), loss_mask.sum(-1), (entropy * loss_mask).sum(-1)


def concatenated_forward(model, pairs):
    """
    Real rows first, then generated rows, padded together. → logps real [P], logps generated [P], token counts of the real
    and of the generated answers, mean entropy a response token.
    """
    sequences = [(p["promptIds"], p["realIds"]) for p in pairs] + [(p["promptIds"], p["generatedIds"]) for p in pairs]
    ids, mask, labels = pad(sequences)
    logits = model(input_ids=ids, attention_mask=mask, use_cache=False).logits
    logps, tokens, entropy = batch_logps(logits, labels)
    real, generated = slice(0, len(pairs)), slice(len(pairs), None)
    return logps[real], logps[generated], tokens[real], tokens[generated], entropy.sum() / tokens.sum()


def spin_losses(policy_real, policy_generated, opponent_real, opponent_generated, loss_type, tokens_real, tokens_generated):
    """The official trainer's spin_loss; ipo: trl 1.16, trainer/dpo_trainer.py (log-ratios averaged over tokens)."""
    if loss_type == "ipo":
        delta = (policy_real - opponent_real) / tokens_real - (policy_generated - opponent_generated) / tokens_generated
        return (delta - 1 / (2 * BETA)) ** 2
    logits = (policy_real - policy_generated) - (opponent_real - opponent_generated)
    if loss_type == "sigmoid":
        return -F.logsigmoid(BETA * logits)
    return torch.relu(1 - BETA * logits)


def objective(model, pairs, opponent, loss_type, nll_weight):
    real, generated, tokens, tokens_generated, entropy = concatenated_forward(model, pairs)
    losses = spin_losses(real, generated, opponent[0], opponent[1], loss_type, tokens, tokens_generated)
    nll = -real.sum() / tokens.sum()
    loss = losses.mean() + nll_weight * nll
    reward_real = BETA * (real - opponent[0]).detach()
    reward_generated = BETA * (generated - opponent[1]).detach()
    return loss, {
        "loss": loss.item(),
        "spinLoss": losses.mean().item(),
        "nll": nll.item(),
        "rewardReal": reward_real.mean().item(),
        "rewardGenerated": reward_generated.mean().item(),
        "margin": (reward_real - reward_generated).mean().item(),
        "accuracy": (reward_real > reward_generated).double().mean().item(),
        "logpReal": real.mean().item(),
        "logpGenerated": generated.mean().item(),
        "entropy": entropy.item(),
        "kl": (opponent[1] - generated).mean().item(),
    }


def clone(model, double):
    if double:
        return in_double(model)
    copy = LlamaForCausalLM(model.config)
    copy.load_state_dict(model.state_dict())
    copy.tie_weights()
    return copy.eval()


def unique_tensors(items, model):
    """Parameters by name without the tied head, as float32."""
    return {name: value.detach().to(torch.float32).contiguous() for name, value in items}


def gradients(model, pairs, opponent, loss_type, nll_weight):
    model.zero_grad()
    loss, metrics = objective(model, pairs, opponent, loss_type, nll_weight)
    loss.backward()
    norm = math.sqrt(sum(p.grad.double().pow(2).sum().item() for p in model.parameters()))
    grads = unique_tensors(((n, p.grad) for n, p in model.named_parameters()), model)
    return {**metrics, "gradNorm": norm}, grads


def train(model, pairs, opponent, optimizer_kind, nll_weight):
    parameters = list(model.parameters())
    if optimizer_kind == "rmsprop":
        optimizer = torch.optim.RMSprop(parameters, lr=LR)
    else:
        optimizer = torch.optim.AdamW(parameters, lr=LR, weight_decay=0.01)
    schedule = get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
    steps = []
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss, metrics = objective(model, pairs, opponent, "sigmoid", nll_weight)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(parameters, CLIP)
        lr = optimizer.param_groups[0]["lr"]
        optimizer.step()
        schedule.step()
        steps.append({**metrics, "gradNorm": norm.item(), "lr": lr})
    with torch.no_grad():
        _, final = objective(model, pairs, opponent, "sigmoid", nll_weight)
    return steps, final, unique_tensors(model.named_parameters(), model)


def relative(a, b):
    """‖a − b‖ / ‖b‖ over all tensors, and the worst single tensor."""
    overall = math.sqrt(sum((a[n].double() - b[n].double()).pow(2).sum().item() for n in b))
    overall /= math.sqrt(sum(b[n].double().pow(2).sum().item() for n in b))
    worst = max((a[n].double() - b[n].double()).norm().item() / max(b[n].double().norm().item(), 1e-12) for n in b)
    return {"overall": overall, "worstTensor": worst}


def greedy(model, tokenizer):
    """transformers' own generate, one prompt at a time; the gap to the second-best logit shows how safe argmax is."""
    questions = ["2+2?", "?", "Say hi", "Sort 9 4 7 1", "Name a word of 5 letters", "Capital of France", "Balanced brackets, 4 pairs"]
    # Arbitrary prompts after those, until two answers end by EOS.
    generator = torch.Generator().manual_seed(3)
    for _ in range(600):
        length = int(torch.randint(3, 24, (1,), generator=generator))
        questions.append("".join(chr(int(c)) for c in torch.randint(33, 127, (length,), generator=generator)))
    kept, stopped = [], 0
    for number, question in enumerate(questions):
        text = tokenizer.apply_chat_template([{"role": "user", "content": question}], tokenize=False, add_generation_prompt=True)
        ids = tokenizer.encode(text, add_special_tokens=False)
        out = model.generate(
            torch.tensor([ids]),
            attention_mask=torch.ones(1, len(ids), dtype=torch.long),
            max_new_tokens=NEW_TOKENS,
            do_sample=False,
            eos_token_id=2,
            pad_token_id=0,
            output_logits=True,
            return_dict_in_generate=True,
        )
        tokens = out.sequences[0, len(ids) :].tolist()
        gaps = [(top := logits[0].topk(2).values)[0].item() - top[1].item() for logits in out.logits]
        is_stop = tokens[-1] == 2
        if min(gaps) < 5e-3 or (number >= 7 and not is_stop):
            continue
        kept.append({"prompt": question, "promptIds": ids, "tokens": tokens, "finishReason": "stop" if is_stop else "length", "smallestGap": min(gaps)})
        stopped += is_stop
        if number >= 6 and stopped >= 2:
            break
    if stopped < 1 or len(kept) < 6:
        raise SystemExit(f"too few usable greedy answers: {len(kept)}, of which stopped {stopped}")
    return kept


def write_folder(model, tokenizer, spec, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    template = folder / "chat_template.jinja"
    if spec["tie"]:
        # The older layout that most checkpoints on the Hub have: rope_theta at the top level, the chat template
        # inside tokenizer_config.json. The other variant stays as transformers 5 writes it.
        config = json.loads((folder / "config.json").read_text())
        config["rope_theta"] = config.pop("rope_parameters")["rope_theta"]
        config["rope_scaling"] = None
        config["torch_dtype"] = config.pop("dtype", "float32")
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
        tokenizer_config = json.loads((folder / "tokenizer_config.json").read_text())
        tokenizer_config["chat_template"] = TEMPLATE
        (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer_config, indent=2) + "\n")
        template.unlink(missing_ok=True)
    reloaded = LlamaForCausalLM.from_pretrained(folder)
    for name, parameter in model.named_parameters():
        assert torch.equal(parameter, reloaded.get_parameter(name)), name


def make_variant(name, spec, tokenizer, root, versions):
    out = root / name
    out.mkdir(parents=True, exist_ok=True)
    model = make_model(spec, vocab=100)
    write_folder(model, tokenizer, spec, out / "model")
    opponent = perturbed(model, seed=spec["seed"] + 1002)
    save_file(unique_tensors(opponent.named_parameters(), opponent), out / "opponent.safetensors")
    pairs = make_batch(tokenizer)
    noise = {}

    with torch.no_grad():
        own = [x for x in concatenated_forward(clone(model, True), pairs)]
        other = [x for x in concatenated_forward(clone(opponent, True), pairs)]
        own32 = concatenated_forward(clone(model, False), pairs)
        other32 = concatenated_forward(clone(opponent, False), pairs)
    beyond = [BETA * x > 1 for x in ((own[0] - own[1]) - (other[0] - other[1])).tolist()]
    assert any(beyond) and not all(beyond), "the hinge case must have pairs on both sides of its kink"
    noise["logps"] = max((a - b).abs().max().item() for a, b in zip(own32[:2], own[:2]))

    # Logits of six sequences: the real and the generated one of pairs 0, 3 and 6.
    logits, names = {}, []
    noise["logits"] = 0.0
    for index in (0, 3, 6):
        for side in ("real", "generated"):
            ids = torch.tensor([pairs[index]["promptIds"] + pairs[index][f"{side}Ids"]])
            with torch.no_grad():
                exact = clone(model, True)(input_ids=ids, use_cache=False).logits[0]
                plain = clone(model, False)(input_ids=ids, use_cache=False).logits[0]
            key = f"{side}.{index}"
            logits[key] = exact.to(torch.float32).contiguous()
            names.append({"name": key, "tokenIds": ids[0].tolist()})
            noise["logits"] = max(noise["logits"], (exact - plain).abs().max().item())
    save_file(logits, out / "logits.safetensors")

    cases = {
        "sigmoid": dict(opponent="perturbed", loss_type="sigmoid", nll_weight=0.0),
        "sigmoid-self": dict(opponent="self", loss_type="sigmoid", nll_weight=0.0),
        "hinge": dict(opponent="perturbed", loss_type="hinge", nll_weight=0.0),
        "sigmoid-nll": dict(opponent="perturbed", loss_type="sigmoid", nll_weight=1.0),
        "ipo": dict(opponent="perturbed", loss_type="ipo", nll_weight=0.0),
    }
    losses = {}
    for case, options in cases.items():
        exact_opponent = (own if options["opponent"] == "self" else other)[:2]
        plain_opponent = (own32 if options["opponent"] == "self" else other32)[:2]
        metrics, grads = gradients(clone(model, True), pairs, exact_opponent, options["loss_type"], options["nll_weight"])
        plain_metrics, plain_grads = gradients(clone(model, False), pairs, plain_opponent, options["loss_type"], options["nll_weight"])
        losses[case] = {**options, **metrics}
        noise[f"loss.{case}"] = abs(metrics["loss"] - plain_metrics["loss"])
        noise[f"grads.{case}"] = relative(plain_grads, grads)
        save_file(grads, out / f"grads-{case}.safetensors")
    assert abs(losses["sigmoid-self"]["spinLoss"] - math.log(2)) < 1e-12

    runs = {}
    for case, options in {
        # As in the product: the opponent is the start model, so step 0 is ln 2.
        "rmsprop": dict(kind="rmsprop", nll_weight=0.0, weight_decay=0.0),
        "adamw": dict(kind="adamw", nll_weight=1.0, weight_decay=0.01),
    }.items():
        steps, final, after = train(clone(model, True), pairs, own[:2], options["kind"], options["nll_weight"])
        plain_steps, _, plain_after = train(clone(model, False), pairs, own32[:2], options["kind"], options["nll_weight"])
        noise[f"after.{case}"] = relative(plain_after, after)
        noise[f"stepLoss.{case}"] = max(abs(a["loss"] - b["loss"]) for a, b in zip(steps, plain_steps))
        start = unique_tensors(model.named_parameters(), model)
        runs[case] = {
            "opponent": "self",
            "optimizer": options["kind"],
            "lossType": "sigmoid",
            "nllWeight": options["nll_weight"],
            "weightDecay": options["weight_decay"],
            "lr": LR,
            "schedule": "linear",
            "warmupSteps": WARMUP,
            "steps": STEPS,
            "clipNorm": CLIP,
            "movedRelative": relative(after, start)["overall"],
            "perStep": steps,
            "final": final,
        }
        save_file(after, out / f"after-{case}.safetensors")

    golden = {
        "versions": versions,
        "beta": BETA,
        "eosIds": [2],
        "pairs": pairs,
        "logps": {
            "policy": {"real": own[0].tolist(), "generated": own[1].tolist()},
            "perturbed": {"real": other[0].tolist(), "generated": other[1].tolist()},
        },
        "logits": names,
        "losses": losses,
        "runs": runs,
        "greedy": greedy(clone(model, False), tokenizer),
        "float32Noise": noise,
    }
    (out / "golden.json").write_text(json.dumps(golden, indent=1, ensure_ascii=False) + "\n")
    print(name, json.dumps(noise))
    print("h", ((own[0] - own[1]) - (other[0] - other[1])).tolist())
    for case, run in runs.items():
        print(case, "moved", run["movedRelative"], [round(s["loss"], 4) for s in run["perStep"]])
    print([(g["finishReason"], len(g["tokens"]), round(g["smallestGap"], 3)) for g in golden["greedy"]])


def main():
    root = Path(sys.argv[1])
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "tokenizers": tokenizers.__version__,
        "safetensors": safetensors.__version__,
        "numpy": numpy.__version__,
    }
    tokenizer = make_tokenizer()
    for name, spec in VARIANTS.items():
        make_variant(name, spec, tokenizer, root, versions)
    host_goldens.write(root / "host.json", versions)


if __name__ == "__main__":
    main()
